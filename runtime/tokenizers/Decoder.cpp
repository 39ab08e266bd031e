//===- Decoder.cpp - from tokens back to text -------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Follows decoders/*.rs of `tokenizers` 0.22.2.
//
//===----------------------------------------------------------------------===//

#include "Decoder.h"

#include "ByteLevel.h"
#include "Pattern.h"
#include "Unicode.h"

#include <algorithm>
#include <charconv>

namespace tenon::tokenizers {

namespace {

struct Artifact {
  std::string_view what, with;
};

constexpr Artifact kDoNot = {" do not", " don't"};
constexpr Artifact kArtifacts[] = {
    {" .", "."},     {" ?", "?"},     {" !", "!"},   {" ,", ","},
    {" ' ", "'"},    {" n't", "n't"}, {" 'm", "'m"}, {" 's", "'s"},
    {" 've", "'ve"}, {" 're", "'re"}};

/// The library's list has one more than that of transformers, before " 's".
void cleanUp(std::string &text, bool contractions) {
  if (text.find(' ') == std::string::npos)
    return;
  for (const Artifact &artifact : kArtifacts) {
    if (contractions && artifact.what == " 's")
      replaceAll(text, kDoNot.what, kDoNot.with);
    replaceAll(text, artifact.what, artifact.with);
  }
}

Status tooLong() {
  return Status::invalid("decoder", "the text becomes too long");
}

class WordPieceDecoder : public Decoder {
public:
  WordPieceDecoder(std::string prefix, bool cleanUp)
      : prefix_(std::move(prefix)), cleanUp_(cleanUp) {}
  Status decode(std::vector<std::string> &tokens) const override {
    for (size_t i = 0; i < tokens.size(); ++i) {
      std::string &token = tokens[i];
      if (i != 0) {
        if (token.compare(0, prefix_.size(), prefix_) == 0)
          token.erase(0, prefix_.size());
        else
          token.insert(token.begin(), ' ');
      }
      if (cleanUp_)
        cleanUp(token, true);
    }
    return Status::ok();
  }

private:
  std::string prefix_;
  bool cleanUp_;
};

class FuseDecoder : public Decoder {
public:
  Status decode(std::vector<std::string> &tokens) const override {
    std::string all;
    for (const std::string &token : tokens)
      all += token;
    tokens.clear();
    tokens.push_back(std::move(all));
    return Status::ok();
  }
};

class ReplaceDecoder : public Decoder {
public:
  ReplaceDecoder(Pattern pattern, std::string content)
      : pattern_(std::move(pattern)), content_(std::move(content)) {}
  Status decode(std::vector<std::string> &tokens) const override {
    std::vector<NormalizedString::Match> matches;
    size_t total = 0;
    for (std::string &token : tokens) {
      matches.clear();
      pattern_.find(token, matches);
      total += token.size();
      if (matches.empty())
        continue;
      if (content_.size() > kMaxDecodedSize / matches.size() ||
          total > kMaxDecodedSize)
        return tooLong();
      std::string changed;
      size_t last = 0;
      for (const NormalizedString::Match &match : matches) {
        changed.append(token, last, match.begin - last);
        changed += content_;
        last = match.end;
      }
      changed.append(token, last);
      total += changed.size();
      token = std::move(changed);
    }
    return Status::ok();
  }

private:
  Pattern pattern_;
  std::string content_;
};

class StripDecoder : public Decoder {
public:
  StripDecoder(std::string content, size_t start, size_t stop)
      : content_(std::move(content)), start_(start), stop_(stop) {}
  Status decode(std::vector<std::string> &tokens) const override {
    size_t size = content_.size();
    for (std::string &token : tokens) {
      size_t begin = 0, end = token.size();
      for (size_t i = 0;
           i < start_ && token.compare(begin, size, content_) == 0; ++i)
        begin += size;
      for (size_t i = 0; i < stop_ && end >= begin + size &&
                         token.compare(end - size, size, content_) == 0;
           ++i)
        end -= size;
      token = token.substr(begin, end - begin);
    }
    return Status::ok();
  }

private:
  std::string content_;
  size_t start_, stop_;
};

/// Tokens like <0x61> are bytes; those that aren't UTF-8 become U+FFFD each.
class ByteFallbackDecoder : public Decoder {
public:
  Status decode(std::vector<std::string> &tokens) const override {
    std::vector<std::string> out;
    std::string bytes;
    auto flush = [&] {
      if (bytes.empty())
        return;
      if (findInvalidUtf8(bytes) == std::string::npos)
        out.push_back(bytes);
      else
        out.insert(out.end(), bytes.size(), "\uFFFD");
      bytes.clear();
    };
    for (std::string &token : tokens) {
      unsigned value = 0;
      if (isByte(token, value)) {
        bytes.push_back(static_cast<char>(value));
        continue;
      }
      flush();
      out.push_back(std::move(token));
    }
    flush();
    tokens = std::move(out);
    return Status::ok();
  }

private:
  static bool isByte(const std::string &token, unsigned &value) {
    if (token.size() != 6 || token.compare(0, 3, "<0x") != 0 || token[5] != '>')
      return false;
    // Rust's from_str_radix takes a sign.
    const char *at = token.data() + 3, *end = token.data() + 5;
    if (*at == '+')
      ++at;
    auto [rest, failed] = std::from_chars(at, end, value, 16);
    return failed == std::errc() && rest == end;
  }
};

class MetaspaceDecoder : public Decoder {
public:
  MetaspaceDecoder(std::string replacement, bool prepends)
      : replacement_(std::move(replacement)), prepends_(prepends) {}
  Status decode(std::vector<std::string> &tokens) const override {
    for (size_t i = 0; i < tokens.size(); ++i)
      replaceAll(tokens[i], replacement_, i == 0 && prepends_ ? "" : " ");
    return Status::ok();
  }

private:
  std::string replacement_;
  bool prepends_;
};

class BpeDecoder : public Decoder {
public:
  explicit BpeDecoder(std::string suffix) : suffix_(std::move(suffix)) {}
  Status decode(std::vector<std::string> &tokens) const override {
    for (size_t i = 0; i < tokens.size(); ++i)
      replaceAll(tokens[i], suffix_, i + 1 == tokens.size() ? "" : " ");
    return Status::ok();
  }

private:
  std::string suffix_;
};

class CtcDecoder : public Decoder {
public:
  CtcDecoder(std::string pad, std::string delimiter, bool cleanUp)
      : pad_(std::move(pad)), delimiter_(std::move(delimiter)),
        cleanUp_(cleanUp) {}
  Status decode(std::vector<std::string> &tokens) const override {
    tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
    for (std::string &token : tokens) {
      replaceAll(token, pad_, "");
      if (cleanUp_) {
        cleanUp(token, true);
        replaceAll(token, delimiter_, " ");
      }
    }
    std::erase(tokens, "");
    return Status::ok();
  }

private:
  std::string pad_, delimiter_;
  bool cleanUp_;
};

class DecoderSequence : public Decoder {
public:
  explicit DecoderSequence(std::vector<std::unique_ptr<Decoder>> stages)
      : stages_(std::move(stages)) {}
  Status decode(std::vector<std::string> &tokens) const override {
    for (const std::unique_ptr<Decoder> &stage : stages_) {
      TENON_RETURN_IF_ERROR(stage->decode(tokens));
      size_t total = 0;
      for (const std::string &token : tokens)
        total += token.size();
      if (total > kMaxDecodedSize)
        return tooLong();
    }
    return Status::ok();
  }

private:
  std::vector<std::unique_ptr<Decoder>> stages_;
};

Result<std::string> parseNonEmpty(const JsonObject &object,
                                  std::string_view key) {
  TENON_ASSIGN_OR_RETURN(std::string text, object.string(key));
  if (text.empty())
    return object.needs(key, "a string that isn't empty");
  return text;
}

Result<std::unique_ptr<Decoder>> parseMetaspace(const JsonObject &object) {
  TENON_ASSIGN_OR_RETURN(std::string replacement,
                         parseNonEmpty(object, "replacement"));
  TENON_ASSIGN_OR_RETURN(bool prefix, object.boolean("add_prefix_space", true));
  bool prepends = prefix;
  if (prefix && object.has("prepend_scheme")) {
    TENON_ASSIGN_OR_RETURN(std::string scheme, object.string("prepend_scheme"));
    prepends = scheme != "never";
  }
  return std::unique_ptr<Decoder>(
      new MetaspaceDecoder(std::move(replacement), prepends));
}

} // namespace

void replaceAll(std::string &text, std::string_view what,
                std::string_view with) {
  size_t found = text.find(what);
  if (found == std::string::npos)
    return;
  std::string out;
  size_t last = 0;
  for (; found != std::string::npos; found = text.find(what, last)) {
    out.append(text, last, found - last);
    out.append(with);
    last = found + what.size();
  }
  out.append(text, last);
  text = std::move(out);
}

void cleanUpTokenization(std::string &text) { cleanUp(text, false); }

CleanUpStream::CleanUpStream() : held_(std::size(kArtifacts)) {}

std::string CleanUpStream::push(std::string piece, bool isLast) {
  for (size_t i = 0; i < held_.size(); ++i) {
    auto [what, with] = kArtifacts[i];
    piece.insert(0, held_[i]);
    size_t end = 0; // Of the last occurrence.
    for (size_t found; (found = piece.find(what, end)) != std::string::npos;)
      end = found + what.size();
    size_t held = isLast ? 0 : std::min(what.size() - 1, piece.size() - end);
    while (held != 0 && !what.starts_with(std::string_view(piece).substr(
                            piece.size() - held)))
      --held;
    held_[i] = piece.substr(piece.size() - held);
    piece.resize(piece.size() - held);
    replaceAll(piece, what, with);
  }
  return piece;
}

std::unique_ptr<Decoder> Decoder::wordPiece(std::string prefix, bool cleanUp) {
  return std::make_unique<WordPieceDecoder>(std::move(prefix), cleanUp);
}

Result<std::unique_ptr<Decoder>> Decoder::parse(const JsonValue &value,
                                                const std::string &where) {
  using Pointer = std::unique_ptr<Decoder>;
  if (value.isNull())
    return Pointer();
  TENON_ASSIGN_OR_RETURN(std::string type,
                         JsonObject(value, where, "decoder").string("type"));
  JsonObject object(value, where, "decoder " + type);
  if (type == "WordPiece") {
    TENON_ASSIGN_OR_RETURN(std::string prefix, object.string("prefix"));
    TENON_ASSIGN_OR_RETURN(bool clean, object.boolean("cleanup"));
    return wordPiece(std::move(prefix), clean);
  }
  if (type == "ByteLevel")
    return makeByteLevelDecoder();
  if (type == "Fuse")
    return Pointer(new FuseDecoder());
  if (type == "ByteFallback")
    return Pointer(new ByteFallbackDecoder());
  if (type == "Replace") {
    TENON_ASSIGN_OR_RETURN(Pattern pattern, Pattern::parse(object));
    TENON_ASSIGN_OR_RETURN(std::string content, object.string("content"));
    return Pointer(new ReplaceDecoder(std::move(pattern), std::move(content)));
  }
  if (type == "Strip") {
    TENON_ASSIGN_OR_RETURN(std::string content,
                           parseNonEmpty(object, "content"));
    TENON_ASSIGN_OR_RETURN(int64_t start,
                           object.integer("start", 0, INT32_MAX));
    TENON_ASSIGN_OR_RETURN(int64_t stop, object.integer("stop", 0, INT32_MAX));
    return Pointer(new StripDecoder(std::move(content),
                                    static_cast<size_t>(start),
                                    static_cast<size_t>(stop)));
  }
  if (type == "Metaspace")
    return parseMetaspace(object);
  if (type == "BPEDecoder") {
    TENON_ASSIGN_OR_RETURN(std::string suffix, parseNonEmpty(object, "suffix"));
    return Pointer(new BpeDecoder(std::move(suffix)));
  }
  if (type == "CTC") {
    TENON_ASSIGN_OR_RETURN(std::string pad, parseNonEmpty(object, "pad_token"));
    TENON_ASSIGN_OR_RETURN(std::string delimiter,
                           parseNonEmpty(object, "word_delimiter_token"));
    TENON_ASSIGN_OR_RETURN(bool clean, object.boolean("cleanup"));
    return Pointer(new CtcDecoder(std::move(pad), std::move(delimiter), clean));
  }
  if (type == "Sequence") {
    TENON_ASSIGN_OR_RETURN(const JsonValue *list, object.array("decoders"));
    std::vector<Pointer> stages;
    for (const JsonValue &item : list->items) {
      TENON_ASSIGN_OR_RETURN(Pointer stage, parse(item, where));
      if (!stage)
        return object.error("a decoder of a Sequence is null");
      stages.push_back(std::move(stage));
    }
    return Pointer(new DecoderSequence(std::move(stages)));
  }
  return object.error("decoder of type '" + type + "' isn't supported");
}

} // namespace tenon::tokenizers
