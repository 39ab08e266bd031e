//===- FillMask.cpp - what stands where a text is masked ------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// FillMaskPipeline of transformers 4.57.6: the best tokens for each mask, by a
// softmax over the vocabulary, with the text that each makes. A text with one
// mask gives a list, one with several a list of lists.
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/Parameters.h"
#include "runtime/heads/Scores.h"
#include "runtime/heads/TextHead.h"
#include "runtime/heads/TextOptions.h"

#include "support/Text.h"

#include <bit>
#include <numeric>
#include <set>

namespace tenon::heads {

extern const HeadInfo fillMaskHead;

namespace {

class FillMask : public TextHead {
public:
  FillMask(TextRunner runner, int32_t mask)
      : TextHead(fillMaskHead, std::move(runner)), mask_(mask) {}

protected:
  Result<tokenizers::BatchEncoding>
  encode(const TaskRequest &request) const override;

  /// Of each mask, the best tokens with their scores: the vocabulary is large.
  std::vector<float> keep(const TaskRequest &request,
                          const tokenizers::Encoding &encoding,
                          std::span<const RowView> rows) const override;

  Status answer(const TaskRequest &request, const TextResults &results,
                JsonWriter &json) const override;

private:
  /// What to list for a mask.
  struct Choice {
    std::vector<size_t> candidates; ///< Ids to choose from.
    size_t count = 0;
  };

  std::vector<size_t> masksOf(const tokenizers::Encoding &encoding) const {
    std::vector<size_t> masks;
    for (size_t i = 0; i < encoding.size(); ++i)
      if (encoding.ids[i] == mask_)
        masks.push_back(i);
    return masks;
  }

  Result<std::optional<int32_t>> targetId(const std::string &target) const;
  Result<Choice> choice(const Json &parameters) const;
  Status writeText(const tokenizers::Encoding &encoding,
                   std::span<const float> kept, size_t count,
                   JsonWriter &json) const;
  Status writeToken(std::vector<int32_t> ids, size_t at, int32_t token,
                    float score, bool skipSpecial, JsonWriter &json) const;

  int32_t mask_;
};

Result<tokenizers::BatchEncoding>
FillMask::encode(const TaskRequest &request) const {
  TENON_ASSIGN_OR_RETURN(Choice chosen, choice(request.parameters));
  constexpr size_t mostWork = size_t(1) << 25;
  size_t work = 0;
  TENON_ASSIGN_OR_RETURN(auto options, tokenizerOptions(request.parameters,
                                                        "tokenizer_kwargs",
                                                        runner().tokenizer()));
  tokenizers::BatchEncoding batch;
  auto add = [&](const Json &item, size_t index) -> Status {
    TENON_ASSIGN_OR_RETURN(std::string_view text, textOf(item));
    TENON_RETURN_IF_ERROR(
        runner().encode(textOrPair(text), options, index, batch));
    size_t masks = masksOf(batch.encodings.back()).size();
    // Each answer has the whole text.
    work += masks * chosen.count * batch.encodings.back().size();
    if (work > mostWork)
      return Status::usage("top_k", concat("is too large for so many masks: ",
                                           masks, " in text ", index));
    if (masks != 0)
      return Status::ok();
    return Status::invalid(
        "text",
        concat("has no ", *runner().tokenizer().idToToken(mask_), " to fill"));
  };
  TENON_RETURN_IF_ERROR(forEachInput(request.inputs, add));
  return batch;
}

/// The id of a target: the token of that name, or the first one of it as text;
/// none if it has no token.
Result<std::optional<int32_t>>
FillMask::targetId(const std::string &target) const {
  const tokenizers::Tokenizer &tokenizer = runner().tokenizer();
  std::optional<int32_t> id = tokenizer.tokenToId(target);
  if (!id) {
    tokenizers::EncodeOptions options;
    options.addSpecialTokens = false;
    TENON_ASSIGN_OR_RETURN(auto encoding,
                           tokenizer.encode(textOrPair(target), options));
    // Cut to one token, at the tokenizer's side.
    bool left = tokenizer.truncationSide() == tokenizers::Side::Left;
    if (encoding.size() != 0)
      id = left ? encoding.ids.back() : encoding.ids.front();
  }
  if (id && static_cast<size_t>(*id) >= runner().width(0))
    return Status::invalid("targets",
                           concat(quote(target), " has id ", *id,
                                  ", but the model tells only ",
                                  runner().width(0), " tokens apart"));
  return id;
}

Result<FillMask::Choice> FillMask::choice(const Json &parameters) const {
  constexpr int64_t usual = 5;
  Choice choice;
  if (findParameter(parameters, "targets")) {
    std::set<size_t> ids;
    for (const std::string &target : stringsParameter(parameters, "targets")) {
      TENON_ASSIGN_OR_RETURN(auto id, targetId(target));
      if (id)
        ids.insert(static_cast<size_t>(*id));
    }
    if (ids.empty())
      return Status::invalid("targets", "none of them has a token")
          .help("words of the tokenizer's vocabulary are best");
    choice.candidates.assign(ids.begin(), ids.end());
  } else {
    choice.candidates.resize(runner().width(0));
    std::iota(choice.candidates.begin(), choice.candidates.end(), size_t(0));
  }
  int64_t most = static_cast<int64_t>(choice.candidates.size());
  int64_t topK = integerParameter(parameters, "top_k", usual);
  // Targets may be fewer than top_k, the vocabulary may not.
  bool isTooMany = topK > most && !findParameter(parameters, "targets");
  if (topK < 0)
    return Status::usage("top_k", "can't be negative");
  if (isTooMany)
    return Status::usage("top_k", concat("must be 0 to ", most,
                                         ", as many as the model's tokens, "
                                         "but is ",
                                         topK));
  choice.count = static_cast<size_t>(std::min(topK, most));
  return choice;
}

Status FillMask::answer(const TaskRequest &request, const TextResults &results,
                        JsonWriter &json) const {
  TENON_ASSIGN_OR_RETURN(Choice chosen, choice(request.parameters));
  // A list of one text is answered as the text alone.
  bool isList = request.inputs.is_array() && request.inputs.size() != 1;
  if (isList)
    json.beginArray();
  for (size_t i = 0; i < results.size(); ++i)
    TENON_RETURN_IF_ERROR(
        writeText(results.encodings[i], results.kept[i], chosen.count, json));
  if (isList)
    json.endArray();
  return Status::ok();
}

std::vector<float> FillMask::keep(const TaskRequest &request,
                                  const tokenizers::Encoding &encoding,
                                  std::span<const RowView> rows) const {
  std::vector<float> kept;
  Result<Choice> chosen = choice(request.parameters);
  if (!chosen)
    return kept; // encode() has refused it.
  size_t width = runner().width(0);
  for (size_t at : masksOf(encoding)) {
    const float *begin = rows[0].data + at * width;
    std::vector<float> scores(begin, begin + width);
    softmax(scores);
    std::vector<size_t> order = chosen->candidates;
    sortBestFirst(order, scores, chosen->count);
    for (size_t k = 0; k < chosen->count; ++k) {
      kept.push_back(std::bit_cast<float>(static_cast<uint32_t>(order[k])));
      kept.push_back(scores[order[k]]);
    }
  }
  return kept;
}

/// The answer for a text, from `count` tokens and scores for each mask.
Status FillMask::writeText(const tokenizers::Encoding &encoding,
                           std::span<const float> kept, size_t count,
                           JsonWriter &json) const {
  std::vector<size_t> masks = masksOf(encoding);
  bool single = masks.size() == 1;
  if (!single)
    json.beginArray();
  for (size_t m = 0; m < masks.size(); ++m) {
    json.beginArray();
    for (size_t k = 0; k < count; ++k) {
      std::span<const float> each = kept.subspan(2 * (m * count + k), 2);
      // With several masks, the others are to be seen in the text.
      TENON_RETURN_IF_ERROR(
          writeToken(encoding.ids, masks[m],
                     static_cast<int32_t>(std::bit_cast<uint32_t>(each[0])),
                     each[1], single, json));
    }
    json.endArray();
  }
  if (!single)
    json.endArray();
  return Status::ok();
}

/// A token for the mask at `at`, and the text that it makes.
Status FillMask::writeToken(std::vector<int32_t> ids, size_t at, int32_t token,
                            float score, bool skipSpecial,
                            JsonWriter &json) const {
  const tokenizers::Tokenizer &tokenizer = runner().tokenizer();
  ids[at] = token;
  if (auto pad = tokenizer.specialTokenId(tokenizers::SpecialToken::Pad))
    std::erase(ids, *pad);
  tokenizers::DecodeOptions options;
  TENON_ASSIGN_OR_RETURN(std::string tokenText,
                         tokenizer.decode({&token, 1}, options));
  options.skipSpecialTokens = skipSpecial;
  TENON_ASSIGN_OR_RETURN(std::string sequence, tokenizer.decode(ids, options));
  json.beginObject().key("score").number(score);
  json.key("token").integer(token).key("token_str").string(tokenText);
  json.key("sequence").string(sequence).endObject();
  return Status::ok();
}

Result<std::unique_ptr<Head>> createFillMask(ModelFiles &files) {
  // The second name is that of a model with a next-sentence head beside it.
  const OutputSpec outputs[] = {{{"logits", "prediction_logits"}, 3, true}};
  TENON_ASSIGN_OR_RETURN(TextRunner runner, TextRunner::create(files, outputs));
  auto mask = runner.tokenizer().specialTokenId(tokenizers::SpecialToken::Mask);
  if (!mask)
    return Status::invalid("tokenizer", "has no mask token");
  // A masked language model tells apart the tokens that it reads.
  if (runner.width(0) != runner.inputVocabulary())
    return Status::invalid(
        files.model().artifact().path(),
        concat("can't do fill-mask: it reads ", runner.inputVocabulary(),
               " different tokens, but tells ", runner.width(0), " apart"));
  return std::unique_ptr<Head>(
      std::make_unique<FillMask>(std::move(runner), *mask));
}

Result<Json> readFillMask(const CommandLineInputs &inputs, const Json &) {
  TENON_RETURN_IF_ERROR(refusePair(inputs, "fill-mask"));
  return textsOfCommandLine(inputs.positional);
}

constexpr ParameterSpec fillMaskParameters[] = {
    {"top_k", ParameterKind::Integer, "how many answers to list, best first"},
    {"targets", ParameterKind::StringOrList,
     "choose from these tokens only; may be given several times"},
    {"tokenizer_kwargs", ParameterKind::Object,
     "arguments of the tokenizer: {\"truncation\": true}"},
    batchSizeParameter,
};

} // namespace

const HeadInfo fillMaskHead = {"fill-mask",
                               {},
                               "the words for the masks in a text",
                               fillMaskParameters,
                               createFillMask,
                               readFillMask};

} // namespace tenon::heads
