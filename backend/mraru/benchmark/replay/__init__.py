"""The product's rounds replayed on labelled data, and the orders of review that are compared on them.

What rules, warnings and scores would have said is said by the code of the product.
"""
