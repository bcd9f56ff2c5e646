"""*Sink*: the setup is done in a callee, so the charge moves there, and its transaction goes from all callers.

``find``: which callee that is, and who waits for it; ``groups`` carries one callee with all its callers out, and is
where to begin reading. What must hold: ``uses`` (everybody who uses the callee is known), ``caller.checks`` and
``caller.between``. What is written: ``plan`` with ``arguments`` and ``failing`` decides it, ``callee`` (with
``returns``) puts it into the callee, ``caller.convert`` takes the transaction out of a caller.
"""
