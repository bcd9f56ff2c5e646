"""The protocol refactor: begin / commit / abort transactions become one call.

``match`` finds the transactions and checks the protocol, ``place`` decides where the new call may stand,
``plan`` makes the edits, ``mentions`` accounts for every occurrence of an old name.
"""
