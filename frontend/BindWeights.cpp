//===- BindWeights.cpp - the model's weights in the checkpoint ------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Every weight of the model must be in the checkpoint with its shape, and every
// tensor of the checkpoint must be a weight, tied, renamed or ignored.
//
//===----------------------------------------------------------------------===//

#include "frontend/Elaborator.h"

#include "support/EditDistance.h"
#include "support/Text.h"

using namespace tenon;
using namespace tenon::arch;

/// Whether `name` fits `pattern`, in which each `*` stands for any characters;
/// these go to `stars`.
static bool matchPattern(StringRef pattern, StringRef name,
                         llvm::SmallVectorImpl<StringRef> &stars) {
  size_t star = pattern.find('*');
  if (star == StringRef::npos)
    return pattern == name;
  if (!name.consume_front(pattern.take_front(star)))
    return false;
  StringRef rest = pattern.drop_front(star + 1);
  // The literal text up to the next star decides where this one ends; the last
  // star ends where the rest fits the end.
  size_t next = rest.find('*');
  if (next == StringRef::npos) {
    if (!name.ends_with(rest))
      return false;
    stars.push_back(name.drop_back(rest.size()));
    return true;
  }
  StringRef literal = rest.take_front(next);
  size_t at = name.find(literal);
  if (at == StringRef::npos)
    return false;
  stars.push_back(name.take_front(at));
  return matchPattern(rest.drop_front(next),
                      name.drop_front(at + literal.size()), stars);
}

/// `name` below one of the prefixes, if it fits the rule: what it is renamed
/// to, or the name itself.
static std::optional<std::string> applyRule(const NameRule &rule,
                                            StringRef name) {
  for (const std::string &prefix : rule.prefixes) {
    StringRef below = name;
    if (!prefix.empty() &&
        !(below.consume_front(prefix) && below.consume_front(".")))
      continue;
    llvm::SmallVector<StringRef> stars;
    if (!matchPattern(rule.from, below, stars))
      continue;
    if (!rule.isRename)
      return name.str();
    std::string renamed = prefix.empty() ? "" : prefix + ".";
    size_t star = 0;
    for (char c : rule.to)
      renamed += c == '*' ? stars[star++].str() : std::string(1, c);
    return renamed;
  }
  return std::nullopt;
}

namespace {
class Binder {
public:
  Binder(Elaborator &elaborator, const Checkpoint &checkpoint)
      : elaborator(elaborator), checkpoint(checkpoint) {}

  void run(Instance &root);

private:
  void applyRules();
  void bind(Instance &instance, bool optional);
  bool bindWeight(Weight &weight);
  bool hasAny(const Instance &instance) const;
  void bindTies();
  void report();

  const std::string *findStored(ArrayRef<std::string> names) const {
    for (const std::string &name : names) {
      auto it = known.find(name);
      if (it != known.end())
        return &it->second;
    }
    return nullptr;
  }

  Elaborator &elaborator;
  const Checkpoint &checkpoint;
  /// Names of the model, by which tensors are found, and those of the file.
  std::map<std::string, std::string, std::less<>> known;
  std::set<std::string, std::less<>> used;
  std::vector<Weight *> missing;
  /// How many weights have another shape in the checkpoint. Only the first are
  /// told one by one: a wrong number in the config makes all of them wrong.
  size_t misshapen = 0;
  static constexpr size_t maxMisshapen = 3;
  /// Ties that may stand in for the weight they are tied to.
  llvm::DenseMap<const Weight *, const Tie *> standIns;
};
} // namespace

void Binder::applyRules() {
  for (const auto &[name, tensor] : checkpoint.tensors())
    known[name] = name;
  for (const auto &[name, tensor] : checkpoint.tensors())
    for (const NameRule &rule : elaborator.rules) {
      auto fits = applyRule(rule, name);
      if (!fits)
        continue;
      if (!rule.isRename) {
        used.insert(name);
        continue;
      }
      // A tensor that has the name already comes first; this one is then left
      // over.
      known.try_emplace(*fits, name);
      break;
    }
}

bool Binder::hasAny(const Instance &instance) const {
  return llvm::any_of(instance.weights,
                      [&](const Weight *weight) {
                        return findStored(weight->names) != nullptr;
                      }) ||
         llvm::any_of(instance.children,
                      [&](const auto &child) { return hasAny(*child); });
}

bool Binder::bindWeight(Weight &weight) {
  const std::string *stored = findStored(weight.names);
  if (!stored)
    if (const Tie *tie = standIns.lookup(&weight))
      stored = findStored(tie->names);
  if (!stored)
    return false;
  const Checkpoint::Tensor *tensor = checkpoint.find(*stored);
  used.insert(*stored);
  weight.present = true;
  weight.stored = *stored;
  weight.storedElement =
      Checkpoint::elementType(&elaborator.mlirContext(), tensor->info->type);
  mlir::Type element = weight.storedElement;
  Diagnostics &errors = elaborator.errors();
  bool isFloat = mlir::isa<mlir::FloatType>(weight.element);
  if (!element || (element != weight.element &&
                   !(isFloat && mlir::isa<mlir::FloatType>(element)))) {
    errors
        .error(StringRef(*stored),
               "is stored as " + StringRef(typeName(tensor->info->type)) +
                   " in " + checkpoint.path() + ", but the model's weight is " +
                   elaborator.toText(Value(weight.element)))
        .note(weight.range, "declared here");
    weight.storedElement = weight.element;
    return true;
  }
  if (ArrayRef<int64_t>(tensor->info->shape) !=
      ArrayRef<int64_t>(weight.shape)) {
    if (++misshapen > maxMisshapen)
      return true;
    Diagnostic &diagnostic =
        errors.error(StringRef(*stored),
                     "has shape " + shapeText(tensor->info->shape) + " in " +
                         checkpoint.path() + ", but the model's weight has " +
                         shapeText(weight.shape));
    diagnostic.note(weight.range, "declared here");
    bool sameRank = tensor->info->shape.size() == weight.shape.size();
    for (size_t axis = 0; sameRank && axis < weight.shape.size(); ++axis)
      if (tensor->info->shape[axis] != weight.shape[axis])
        diagnostic.note(weight.origins[axis],
                        concat("axis ", axis, " is ", weight.shape[axis],
                               " because of this"));
  }
  return true;
}

void Binder::bind(Instance &instance, bool optional) {
  // What is optional is absent as a whole or not at all.
  optional |= instance.optional && !hasAny(instance);
  for (Weight *weight : instance.weights)
    if (!bindWeight(*weight) && !optional && !weight->optional)
      missing.push_back(weight);
  for (const auto &child : instance.children)
    bind(*child, optional);
}

void Binder::bindTies() {
  for (const Tie &tie : elaborator.ties) {
    Value target = elaborator.force(Value(tie.target), tie.target->name->range);
    if (target.isError())
      continue;
    if (!target.is(Value::Kind::Weight)) {
      elaborator.fail(tie.target->expr->range,
                      "only a weight can be tied to, not " +
                          describe(target.kind()));
      continue;
    }
    standIns[target.as<Weight *>()] = &tie;
    // A copy in the file is accepted and not read.
    for (const std::string &name : tie.names) {
      auto it = known.find(name);
      if (it != known.end())
        used.insert(it->second);
    }
  }
}

void Binder::report() {
  Diagnostics &errors = elaborator.errors();
  if (misshapen > maxMisshapen)
    errors.error(StringRef(checkpoint.path()),
                 concat(misshapen - maxMisshapen,
                        " more tensors have another shape than the model's "
                        "weights"));
  std::vector<std::string> extra, wanted;
  for (const auto &[name, tensor] : checkpoint.tensors())
    if (!used.count(name))
      extra.push_back(name);
  for (const Weight *weight : missing)
    wanted.push_back(weight->names.front());
  // Where not all can be listed, how many there are comes first.
  constexpr size_t maxListed = 15;
  if (missing.size() + extra.size() > maxListed)
    errors.error(StringRef(checkpoint.path()),
                 concat("does not fit the model: ", missing.size(),
                        " weights are missing, ", extra.size(),
                        " tensors are left over; the first are listed"));
  size_t listed = 0;
  for (const Weight *weight : missing) {
    if (++listed > maxListed)
      return;
    Diagnostic &diagnostic = errors.error(
        StringRef(weight->names.front()),
        "isn't in " + checkpoint.path() + "; the model needs it with shape " +
            shapeText(weight->shape));
    diagnostic.note(weight->range, "declared here");
    diagnostic.suggest(weight->names.front(), extra);
  }
  for (const std::string &name : extra) {
    if (++listed > maxListed)
      return;
    Diagnostic &diagnostic = errors.error(
        StringRef(name), "is in " + checkpoint.path() + " with shape " +
                             shapeText(checkpoint.find(name)->info->shape) +
                             ", but the model doesn't use it");
    diagnostic.suggest(name, wanted);
  }
}

void Binder::run(Instance &root) {
  applyRules();
  bindTies();
  bind(root, root.optional);
  report();
}

void Elaborator::bindWeights(Instance &root) {
  if (checkpoint) {
    Binder(*this, *checkpoint).run(root);
    return;
  }
  // Without a checkpoint every weight is there as it is declared.
  for (Weight &weight : weights) {
    weight.present = true;
    weight.stored = weight.names.front();
    weight.storedElement = weight.element;
  }
}

bool Elaborator::isPresent(const Instance &instance) const {
  return llvm::any_of(instance.weights,
                      [](const Weight *weight) { return weight->present; }) ||
         llvm::any_of(instance.children,
                      [&](const auto &child) { return isPresent(*child); });
}
