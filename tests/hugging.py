"""Small models of transformers and tokenizers for them: seeded weights, nothing is fetched."""

import re

import transformers as tf
from small import seeded
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from tokenizers.trainers import BpeTrainer

SENTENCES = [
    "the cat sat on the mat",
    "a dog ran to the cat and sat",
    "The mat was red, the dog was not.",
    "un chat noir, un chien blanc.",
    "a bad cab, a faded bead, a bad cabbage",
]
SIZES = {"n_positions": 64, "n_embd": 16, "n_layer": 2, "n_head": 2}
SMALL = {
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "max_position_embeddings": 64,
}


def byte_level(bos=None, eos="<|endoftext|>", add=(), **options):
    """A tokenizer as GPT-2's: BPE of bytes; `add` are tokens that it puts around a text."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    special = [each for each in dict.fromkeys([eos, bos, *options.values()]) if each]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = BpeTrainer(
        vocab_size=310, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    made.train_from_iterator(SENTENCES * 3, trainer)
    made.post_processor = processors.ByteLevel(trim_offsets=False)
    if add:
        before, after = add
        made.post_processor = processors.Sequence(
            [
                processors.ByteLevel(trim_offsets=False),
                processors.TemplateProcessing(
                    single=f"{before} $A {after}".strip(),
                    special_tokens=[(e, made.token_to_id(e)) for e in add if e],
                ),
            ]
        )
    return tf.PreTrainedTokenizerFast(
        tokenizer_object=made, bos_token=bos, eos_token=eos, unk_token=eos, **options
    )


def words():
    """The words of the sentences, and their letters: what is trained differs from run to run."""
    found = sorted({word for line in SENTENCES for word in re.findall(r"\w+|[.,]", line.lower())})
    return found, sorted(set("".join(found)))


def word_piece():
    """A tokenizer as BERT's."""
    known, letters = words()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pieces = [*special, *letters, *(f"##{letter}" for letter in letters), *known]
    vocabulary = {piece: n for n, piece in enumerate(dict.fromkeys(pieces))}
    made = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.decoder = decoders.WordPiece()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tf.PreTrainedTokenizerFast(
        tokenizer_object=made,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    )


def sentence_piece():
    """A tokenizer as T5's: a unigram model, its spaces written ▁."""
    known, letters = words()
    pieces = [*((each, 0.0) for each in ("<pad>", "</s>", "<unk>")), ("▁", -6.0)]
    pieces += [(letter, -6.0) for letter in letters]
    pieces += [(f"▁{word}", -3.0) for word in known]
    made = Tokenizer(models.Unigram(pieces, 2))
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.decoder = decoders.Metaspace()
    made.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", 1)]
    )
    return tf.PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    )


def made(model, config, dtype):
    return seeded(lambda: model(config), dtype=dtype).eval()


def gpt2(tokenizer, dtype, cls=None, **options):
    ends = {"bos_token_id": tokenizer.eos_token_id, "eos_token_id": tokenizer.eos_token_id}
    config = tf.GPT2Config(**{"vocab_size": len(tokenizer), **ends, **SIZES, **options})
    return made(cls or tf.GPT2LMHeadModel, config, dtype)


def llama(tokenizer, dtype, **options):
    config = tf.LlamaConfig(
        vocab_size=len(tokenizer), num_key_value_heads=1, **{**SMALL, **options}
    )
    return made(tf.LlamaForCausalLM, config, dtype)


def bert(tokenizer, dtype, cls=None, **options):
    config = tf.BertConfig(vocab_size=len(tokenizer), **{**SMALL, **options})
    return made(cls or tf.BertForMaskedLM, config, dtype)


def t5(tokenizer, dtype, **options):
    config = tf.T5Config(
        **{
            "vocab_size": len(tokenizer),
            "d_model": 16,
            "d_kv": 8,
            "d_ff": 24,
            "num_layers": 2,
            "num_heads": 2,
            "decoder_start_token_id": 0,
            "pad_token_id": 0,
            "eos_token_id": 1,
            **options,
        }
    )
    return made(tf.T5ForConditionalGeneration, config, dtype)


def bart(tokenizer, dtype, **options):
    config = tf.BartConfig(
        vocab_size=len(tokenizer),
        d_model=16,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=24,
        decoder_ffn_dim=24,
        max_position_embeddings=64,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        decoder_start_token_id=tokenizer.eos_token_id,
        forced_eos_token_id=tokenizer.eos_token_id,
        **options,
    )
    return made(tf.BartForConditionalGeneration, config, dtype)
