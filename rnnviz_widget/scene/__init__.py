"""What is true of one model on one text, and what page and kernel say to each other.

Facts, requests and replies are frozen records; `codec` makes from them what stands in the traits.
numpy and the standard library only.
"""
