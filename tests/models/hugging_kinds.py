"""One model of transformers of each kind, and what plain autograd is taken of in each."""

from dataclasses import dataclass
from typing import Any

import hugging
import torch
import transformers as tf
from kinds import by_hand

import rnnviz_widget as rv

TEXT = "the cat\nsat 😀, cafe\u0301!"
PAIRED = "the cat sat\nun chat noir"
NAMES = {0: "noun", 1: "verb", 2: "other"}
make = rv.SequenceModel.from_transformers


@dataclass
class Plain:
    """What a model makes of embedded tokens, called as its own documentation has it."""

    module: Any
    ids: torch.Tensor

    def plain(self, embedded):
        return self.module(inputs_embeds=embedded[None]).logits[0]

    def table(self):
        return self.module.get_input_embeddings().weight


class PlainPair(Plain):
    def plain(self, embedded):
        at = int((self.ids == self.module.config.decoder_start_token_id).nonzero()[-1])
        logits = self.module(
            inputs_embeds=embedded[None, :at], decoder_inputs_embeds=embedded[None, at:]
        ).logits[0]
        return torch.cat([logits[:1].expand(at, -1), logits])


class PlainMasked(Plain):
    """Masks a token, by hand: the row of s is of the text with the mask there."""

    def plain(self, embedded):
        mask = self.table()[4].detach()
        rows = []
        for s in range(len(embedded)):
            # The input of s is the mask: what stood there has no part, and the mask's own has.
            at = torch.eye(len(embedded), dtype=embedded.dtype)[s][:, None]
            swapped = embedded + at * (mask - embedded.detach()[s])
            rows.append(super().plain(swapped)[s])
        return torch.stack(rows)


def causal():
    tokenizer = hugging.byte_level()
    return hugging.gpt2(tokenizer, torch.float64), tokenizer


def rotary():
    tokenizer = hugging.byte_level("<s>", "</s>", add=("<s>", ""))
    return hugging.llama(tokenizer, torch.float64), tokenizer


def masked(cls=None, **options):
    tokenizer = hugging.word_piece()
    return hugging.bert(tokenizer, torch.float64, cls, **options), tokenizer


def labels():
    return masked(tf.BertForTokenClassification, id2label=NAMES)


def label():
    return masked(tf.BertForSequenceClassification, id2label=NAMES)


def label_of_the_last():
    tokenizer = hugging.byte_level()
    cls = tf.GPT2ForSequenceClassification
    return hugging.gpt2(tokenizer, torch.float64, cls, num_labels=2), tokenizer


def t5():
    tokenizer = hugging.sentence_piece()
    return hugging.t5(tokenizer, torch.float64), tokenizer


def bart():
    tokenizer = hugging.byte_level("<s>", "</s>", ("<s>", "</s>"), pad_token="<pad>")
    return hugging.bart(tokenizer, torch.float64), tokenizer


KINDS = {
    "GPT-2": (causal, Plain, {}, TEXT),
    "Llama": (rotary, Plain, {}, TEXT),
    "BERT, masked": (masked, PlainMasked, {}, TEXT),
    "BERT, unmasked": (masked, Plain, {"masked": False}, TEXT),
    "BERT, labels": (labels, Plain, {}, TEXT),
    "BERT, label": (label, Plain, {}, TEXT),
    "GPT-2, label": (label_of_the_last, Plain, {}, TEXT),
    "T5": (t5, PlainPair, {}, PAIRED),
    "BART": (bart, PlainPair, {}, PAIRED),
}


def masked_row(truth, ids, s, target, measure, mask=4):
    """Row s by autograd on the text with the mask in the place of s."""
    read = ids.clone()
    read[s] = mask
    x = torch.nn.functional.one_hot(read, len(truth.table())).double()
    targets = [0] * len(ids)
    targets[s] = target
    return by_hand(Plain(truth.module, read), x, targets, measure, truth.table())[s]
