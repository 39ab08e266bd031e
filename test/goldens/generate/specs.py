"""The table of tiny checkpoints. Sizes are odd on purpose: next to nothing is a multiple of 8.

A specification says `purpose`, `family`, the `architecture` that config.json names, the class
whose parameters are `stored` when it is another one, `config`, the `vocabulary` (arguments of
wordpieces()), the `tokenizer` (arguments of save_tokenizer()), the `form` in which parameters are
stored (see weights.store()), and the pipelines to run (`tasks`).
"""

import torch

SENTIMENT = ["terrible", "bad", "okay", "good", "great"]
TOPICS = ["sport", "music", "food", "travel", "science", "work", "weather"]
ENTITIES = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG", "I-ORG"]
SPEECH = ["NOUN", "VERB", "ADJ", "O", "X"]
MLM_TIES = ["cls.predictions.decoder."]


def bert(layers, hidden, heads, intermediate, positions, act="gelu", eps=1e-12, types=2, **more):
    return dict(
        num_hidden_layers=layers, hidden_size=hidden, num_attention_heads=heads,
        intermediate_size=intermediate, max_position_embeddings=positions, hidden_act=act,
        layer_norm_eps=eps, type_vocab_size=types, **more,
    )  # fmt: skip


def distil(layers, hidden, heads, intermediate, positions, act="gelu", **more):
    return dict(
        n_layers=layers, dim=hidden, n_heads=heads, hidden_dim=intermediate,
        max_position_embeddings=positions, activation=act, **more,
    )  # fmt: skip


def labels(names):
    return dict(id2label=dict(enumerate(names)), label2id={n: i for i, n in enumerate(names)})


SPECS = {
    # ---- BERT heads
    "bert-seqcls": dict(
        purpose="softmax over five labels; all tokenizer files",
        family="bert", architecture="BertForSequenceClassification",
        config=bert(2, 36, 3, 70, 40, **labels(SENTIMENT)),
        vocabulary=dict(size=151), tokenizer=dict(max_length=40),
        tasks=["text-classification"],
    ),
    "bert-seqcls-multilabel": dict(
        purpose="problem_type multi_label_classification (sigmoid); relu, one layer, 5 heads of 4",
        family="bert", architecture="BertForSequenceClassification",
        config=bert(1, 20, 5, 37, 45, "relu", 3e-6,
                    problem_type="multi_label_classification", **labels(TOPICS)),
        vocabulary=dict(size=117), tokenizer=dict(max_length=45),
        tasks=["text-classification"],
    ),
    "bert-seqcls-regression": dict(
        purpose="problem_type regression: the raw logit is the score; silu; no tokenizer.json",
        family="bert", architecture="BertForSequenceClassification",
        config=bert(1, 60, 4, 70, 64, "silu", 1e-7, num_labels=1, problem_type="regression"),
        vocabulary=dict(size=133),
        tokenizer=dict(max_length=64, files=["vocab.txt", "tokenizer_config.json"]),
        tasks=["text-classification"],
    ),
    "bert-seqcls-single": dict(
        purpose="one label and no problem_type: sigmoid; 3 token types; tokenizer.json alone",
        family="bert", architecture="BertForSequenceClassification",
        config=bert(3, 21, 3, 29, 43, "gelu_new", 1e-5, types=3, **labels(["useful"])),
        vocabulary=dict(size=101), tokenizer=dict(files=["tokenizer.json"]),
        tasks=["text-classification"],
    ),
    "bert-nli": dict(
        purpose="sentence pairs, entailment last: zero-shot and pair classification",
        family="bert", architecture="BertForSequenceClassification",
        config=bert(2, 42, 6, 61, 57, "gelu", 1e-12,
                    problem_type="single_label_classification",
                    **labels(["contradiction", "neutral", "entailment"])),
        vocabulary=dict(size=173), tokenizer=dict(max_length=57),
        tasks=["text-classification-pairs", "zero-shot-classification"],
    ),
    "bert-base": dict(
        purpose="BertModel with its pooler; gelu_new; one head",
        family="bert", architecture="BertModel",
        config=bert(2, 22, 1, 46, 33, "gelu_new", 1e-6),
        vocabulary=dict(size=109), tokenizer=dict(max_length=33),
        tasks=["feature-extraction"],
    ),
    "bert-base-nopooler": dict(
        purpose="BertModel whose file has no pooler: only last_hidden_state is defined",
        family="bert", architecture="BertModel", arguments=dict(add_pooling_layer=False),
        config=bert(1, 30, 2, 45, 23, "gelu_pytorch_tanh", 1e-8),
        vocabulary=dict(size=97), tokenizer=dict(max_length=23),
        tasks=["feature-extraction"],
    ),
    "bert-wide": dict(
        purpose="132 wide, 131 positions: several panels, tiles and blocks of keys",
        family="bert", architecture="BertModel",
        config=bert(2, 132, 6, 149, 131),
        vocabulary=dict(size=199), tokenizer=dict(max_length=131),
        tasks=["feature-extraction-short"],
    ),
    "bert-token": dict(
        purpose="BIO labels, cased; vocab.txt and tokenizer_config.json, no tokenizer.json",
        family="bert", architecture="BertForTokenClassification",
        config=bert(2, 35, 5, 53, 50, "gelu", 1e-12, **labels(ENTITIES)),
        vocabulary=dict(size=189, lowercase=False),
        tokenizer=dict(max_length=50, lowercase=False,
                       files=["vocab.txt", "tokenizer_config.json"]),
        tasks=["token-classification"], gains={"classifier": 3.0},
    ),
    "bert-qa": dict(
        purpose="question answering; 7 heads of 4",
        family="bert", architecture="BertForQuestionAnswering",
        config=bert(2, 28, 7, 45, 64, "gelu", 1e-12),
        vocabulary=dict(size=181), tokenizer=dict(max_length=64),
        tasks=["question-answering"], gains={"qa_outputs": 2.5},
    ),
    "bert-mlm-tied": dict(
        purpose="masked LM, decoder tied and absent from the file; 2 more rows than the tokenizer",
        family="bert", architecture="BertForMaskedLM",
        config=bert(2, 36, 4, 51, 30, "gelu", 1e-12, vocab_size=129),
        vocabulary=dict(size=127), tokenizer=dict(max_length=30),
        form=dict(drop=MLM_TIES), tasks=["fill-mask"],
    ),
    "bert-mlm-untied": dict(
        purpose="masked LM with tie_word_embeddings false: the decoder is a matrix of its own",
        family="bert", architecture="BertForMaskedLM",
        config=bert(1, 27, 3, 41, 25, "relu", 1e-9, tie_word_embeddings=False),
        vocabulary=dict(size=113, specials_at=7), tokenizer=dict(max_length=25),
        form=dict(drop=["cls.predictions.decoder.bias"]), tasks=["fill-mask"],
    ),
    "bert-mlm-pretraining": dict(
        purpose="the layout of bert-base-uncased: gamma/beta, a duplicate of the tied decoder with "
        "its bias, pooler and next-sentence head that masked LM leaves unused, position_ids, a "
        "config.json with few keys",
        family="bert", architecture="BertForMaskedLM", stored="BertForPreTraining",
        config=bert(2, 26, 2, 39, 28), minimal_config=True,
        vocabulary=dict(size=107, unused=3, specials_at=2), tokenizer=dict(max_length=28),
        form=dict(legacy_norms=True,
                  add={"bert.embeddings.position_ids": torch.arange(28)[None]}),
        tasks=["fill-mask"],
    ),
    "bert-nsp": dict(
        purpose="next sentence prediction; tanh activation",
        family="bert", architecture="BertForNextSentencePrediction",
        config=bert(1, 33, 3, 47, 67, "tanh", 1e-10),
        vocabulary=dict(size=139), tokenizer=dict(max_length=67),
        tasks=["next-sentence-prediction"],
    ),
    "bert-pretraining": dict(
        purpose="BertForPreTraining: prediction_logits and seq_relationship_logits",
        family="bert", architecture="BertForPreTraining",
        config=bert(1, 30, 5, 43, 21),
        vocabulary=dict(size=95), tokenizer=dict(max_length=21),
        form=dict(drop=MLM_TIES), tasks=[],
    ),
    # ---- BERT position embeddings
    "bert-relative-key": dict(
        purpose="position_embedding_type relative_key",
        family="bert", architecture="BertForSequenceClassification",
        config=bert(2, 36, 4, 55, 40, position_embedding_type="relative_key",
                    **labels(["no", "yes", "maybe"])),
        vocabulary=dict(size=123), tokenizer=dict(max_length=40),
        tasks=["text-classification"],
    ),
    "bert-relative-key-query": dict(
        purpose="position_embedding_type relative_key_query",
        family="bert", architecture="BertModel",
        config=bert(2, 30, 3, 49, 21, "relu", 1e-5, position_embedding_type="relative_key_query"),
        vocabulary=dict(size=91), tokenizer=dict(max_length=21),
        tasks=["feature-extraction"],
    ),
    # ---- how BERT may be stored
    "bert-fp16": dict(
        purpose="stored as fp16, computed in fp32; a config.json with few keys, so that the labels "
        "are LABEL_0 and LABEL_1; one token type, so that pairs are refused",
        family="bert", architecture="BertForSequenceClassification",
        config=bert(1, 36, 3, 37, 19, types=1), minimal_config=True,
        vocabulary=dict(size=105), tokenizer=dict(max_length=19),
        form=dict(dtype=torch.float16), tasks=["text-classification-short"],
    ),
    "bert-bf16-sharded": dict(
        purpose="stored as bf16 in three shards with an index, computed in fp32",
        family="bert", architecture="BertForTokenClassification",
        config=bert(1, 20, 4, 31, 27, **labels(SPEECH)),
        vocabulary=dict(size=111), tokenizer=dict(max_length=27),
        form=dict(dtype=torch.bfloat16, shards=3), tasks=["token-classification-short"],
        gains={"classifier": 3.0},
    ),
    "bert-base-prefixed": dict(
        purpose="architecture BertModel, but the file is a classifier's: names start with bert., "
        "the head is unused, position_ids is there",
        family="bert", architecture="BertModel", stored="BertForSequenceClassification",
        config=bert(1, 28, 4, 37, 19),
        vocabulary=dict(size=93), tokenizer=dict(max_length=19),
        form=dict(add={"bert.embeddings.position_ids": torch.arange(19)[None]}),
        tasks=["feature-extraction"],
    ),
    "bert-head-unprefixed": dict(
        purpose="a classifier whose encoder names lack bert.; transformers refuses to load it, "
        "the golden is what the same tensors give under their full names",
        family="bert", architecture="BertForSequenceClassification", reference_loads=False,
        config=bert(1, 18, 3, 25, 19, **labels(["odd", "even", "none"])),
        vocabulary=dict(size=87), tokenizer=dict(max_length=19),
        form=dict(prefix=("bert.", "")), tasks=["text-classification-short"],
    ),
    # ---- DistilBERT
    "distilbert-seqcls": dict(
        purpose="classifier; entailment is label 0, which zero-shot treats in a way of its own",
        family="distilbert", architecture="DistilBertForSequenceClassification",
        config=distil(2, 36, 3, 70, 50, **labels(["Entailment", "neutral", "contradiction"])),
        vocabulary=dict(size=161), tokenizer=dict(max_length=50),
        tasks=["text-classification-short", "zero-shot-classification"],
    ),
    "distilbert-token": dict(
        purpose="labels without B- and I-; strip_accents false, Chinese characters not split",
        family="distilbert", architecture="DistilBertForTokenClassification",
        config=distil(1, 28, 4, 41, 44, "relu", **labels(SPEECH)),
        vocabulary=dict(size=149, extra=["é", "##é", "ü", "##ü"]),
        tokenizer=dict(max_length=44, strip_accents=False, chinese=False),
        tasks=["token-classification"], gains={"classifier": 3.0},
    ),
    "distilbert-qa": dict(
        purpose="question answering without token types",
        family="distilbert", architecture="DistilBertForQuestionAnswering",
        config=distil(2, 30, 5, 45, 53, "gelu"),
        vocabulary=dict(size=157, missing="z"), tokenizer=dict(max_length=53),
        tasks=["question-answering"], gains={"qa_outputs": 2.5},
    ),
    "distilbert-mlm": dict(
        purpose="masked LM, vocab_projector tied; sinusoidal_pos_embds set, table from the file",
        family="distilbert", architecture="DistilBertForMaskedLM",
        config=distil(1, 34, 2, 51, 27, sinusoidal_pos_embds=True),
        vocabulary=dict(size=119), tokenizer=dict(max_length=27),
        form=dict(drop=["vocab_projector.weight"]), tasks=["fill-mask-short"],
    ),
    "distilbert-base": dict(
        purpose="DistilBertModel stored without prefix, three layers",
        family="distilbert", architecture="DistilBertModel",
        config=distil(3, 20, 4, 33, 19, "relu"),
        vocabulary=dict(size=99), tokenizer=dict(max_length=19),
        tasks=["feature-extraction"],
    ),
    # ---- sentence-transformers layouts
    "sentence-mean": dict(
        purpose="the layout of all-MiniLM-L6-v2: mean pooling, then normalize; max_seq_length "
        "below the model's positions",
        family="bert", architecture="BertModel",
        config=bert(2, 36, 4, 69, 40, "gelu", 1e-12),
        vocabulary=dict(size=163), tokenizer=dict(max_length=40),
        sentence=dict(pooling=["mean"], normalize=True, max_seq_length=21),
        tasks=["feature-extraction-short", "sentence"],
    ),
    "sentence-cls": dict(
        purpose="cls pooling, no normalize, do_lower_case in sentence_bert_config.json",
        family="bert", architecture="BertModel",
        config=bert(1, 25, 5, 43, 31, "relu", 1e-6),
        vocabulary=dict(size=131), tokenizer=dict(max_length=31),
        sentence=dict(pooling=["cls"], normalize=False, max_seq_length=31, do_lower_case=True),
        tasks=["sentence"],
    ),
    "sentence-max": dict(
        purpose="max pooling over DistilBERT",
        family="distilbert", architecture="DistilBertModel",
        config=distil(1, 27, 3, 38, 25),
        vocabulary=dict(size=121), tokenizer=dict(max_length=25),
        sentence=dict(pooling=["max"], normalize=True, max_seq_length=17),
        tasks=["sentence"],
    ),
    "sentence-cls-mean": dict(
        purpose="cls and mean pooling together: the embedding is twice as wide; no max_seq_length",
        family="bert", architecture="BertModel",
        config=bert(1, 22, 2, 35, 23, "silu", 1e-7),
        vocabulary=dict(size=103), tokenizer=dict(max_length=23),
        sentence=dict(pooling=["cls", "mean"], normalize=False, max_seq_length=None),
        tasks=["sentence"],
    ),
}  # fmt: skip
