"""The facts about one model on one text, and the messages between page and kernel.

Facts, asks and replies are frozen records; `codec` converts them to what the traits hold. numpy and
the standard library only.
"""
