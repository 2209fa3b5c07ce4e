"""The label: a picture of a score, its place on a scale, and what they are based on.

It shows no official mark: SCER is an unadopted draft and has none that anyone may use. A label is a
function of the facts that its manifest records, and of the address of that manifest, so that one
can be checked against the other.
"""
