"""A GPT-2 checkpoint as a GGUF file in fp32, for llama.cpp."""

import json

import numpy as np

LAYER = {"ln_1": "attn_norm", "attn.c_attn": "attn_qkv", "attn.c_proj": "attn_output",
         "ln_2": "ffn_norm", "mlp.c_fc": "ffn_up", "mlp.c_proj": "ffn_down"}
WHOLE = {"wte": "token_embd", "wpe": "position_embd", "ln_f": "output_norm"}


def write(checkpoint, path):
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
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
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
        writer.add_tensor(f"{new}.{kind}", np.ascontiguousarray(tensor))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
