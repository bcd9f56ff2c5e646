"""Error paths before and after a rewrite: which cleanup runs for which failure, and what is returned.

``effects`` says what a flow node does that others can see, ``table`` follows a failure to the exit, ``compare``
puts two functions side by side, ``outlives`` asks whether an object is released after its abort.
"""
