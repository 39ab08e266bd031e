"""A GPT-2 checkpoint as a GGUF file for llama.cpp: fp32, or matrices of fewer bits."""

import json

import numpy as np

LAYER = {"ln_1": "attn_norm", "attn.c_attn": "attn_qkv", "attn.c_proj": "attn_output",
         "ln_2": "ffn_norm", "mlp.c_fc": "ffn_up", "mlp.c_proj": "ffn_down"}
WHOLE = {"wte": "token_embd", "wpe": "position_embd", "ln_f": "output_norm"}


# llama.cpp's own formats for as many bits: a scale for 32 of a row.
FORMATS = {"int8-weights": "Q8_0", "int4-weights": "Q4_0"}


def write(checkpoint, path, precision="fp32"):
    import gguf
    from safetensors.numpy import load_file

    config = json.loads((checkpoint / "config.json").read_text())
    vocabulary = json.loads((checkpoint / "vocab.json").read_text())
    width = config["n_embd"]
    writer = gguf.GGUFWriter(str(path), "gpt2")
    writer.add_block_count(config["n_layer"])
    writer.add_context_length(config["n_positions"])
    writer.add_embedding_length(width)
    writer.add_feed_forward_length(config["n_inner"] or 4 * width)
    writer.add_head_count(config["n_head"])
    writer.add_layer_norm_eps(config["layer_norm_epsilon"])
    coded = gguf.GGMLQuantizationType[FORMATS.get(precision, "F32")]
    writer.add_file_type(gguf.LlamaFileType.ALL_F32 if precision == "fp32" else
                         gguf.LlamaFileType[f"MOSTLY_{FORMATS[precision]}"])
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(sorted(vocabulary, key=vocabulary.get))
    writer.add_token_types([gguf.TokenType.NORMAL] * len(vocabulary))
    # An empty list has no type; the pair joins to no token.
    writer.add_token_merges(["! !"])
    for name, tensor in load_file(checkpoint / "model.safetensors").items():
        place, _, kind = name.removeprefix("transformer.").rpartition(".")
        if place.startswith("h."):
            _, index, part = place.split(".", 2)
            new = f"blk.{index}.{LAYER[part]}"
            if kind == "weight" and tensor.ndim == 2:  # Conv1D
                tensor = tensor.T
        else:
            new = WHOLE[place]
        tensor = np.ascontiguousarray(tensor)
        # Positions are looked up, not multiplied.
        if precision != "fp32" and tensor.ndim == 2 and new != WHOLE["wpe"]:
            writer.add_tensor(f"{new}.{kind}", gguf.quants.quantize(tensor, coded),
                              raw_dtype=coded)
        else:
            writer.add_tensor(f"{new}.{kind}", tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
