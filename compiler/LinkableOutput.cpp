//===- LinkableOutput.cpp - a shared object and its header ----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/LinkableOutput.h"

#include "compiler/PlanWriter.h"
#include "dialect/Types.h"
#include "support/File.h"
#include "support/Text.h"

#include <cstdio>

using namespace tenon;
using namespace mlir;

/// A name for C: letters, digits and `_`, not starting with a digit.
static std::string identifier(StringRef text) {
  std::string name = text.str();
  for (char &c : name)
    if (!llvm::isAlnum(c))
      c = '_';
  if (name.empty() || llvm::isDigit(name.front()))
    name.insert(0, "_");
  return name;
}

static const char *cType(Type element) {
  if (element.isF32())
    return "float";
  if (element.isInteger(64))
    return "int64_t";
  if (element.isInteger(32))
    return "int32_t";
  if (element.isInteger(8))
    return "int8_t";
  if (element.isInteger(1))
    return "uint8_t";
  return "uint16_t"; // Bits of a 16-bit float.
}

/// DLPack's code, bits and lanes.
static std::string dlpackType(Type element) {
  unsigned bits = element.getIntOrFloatBitWidth();
  if (element.isInteger(1))
    return "{6, 8, 1}";
  if (element.isBF16())
    return "{4, 16, 1}";
  return concat("{", isa<FloatType>(element) ? 2 : 0, ", ", bits, ", 1}");
}

static std::string nameOf(DictionaryAttr attributes, const char *fallback,
                          unsigned i) {
  auto name =
      attributes ? attributes.getAs<StringAttr>("tenon.name") : StringAttr();
  return name ? name.str() : fallback + std::to_string(i);
}

static std::string dimsText(Type type) {
  std::string text = "[";
  for (auto [i, dim] : llvm::enumerate(getDims(type)))
    text += (i ? ", " : "") + dim.str();
  return text + "]";
}

/// The function that runs one entry.
static std::string writeEntry(func::FuncOp entry, const std::string &prefix) {
  llvm::SetVector<StringAttr> symbols;
  for (Type type : entry.getArgumentTypes())
    for (DimAttr dim : getDims(type))
      visitSymbols(dim, [&](DimAttr s) { symbols.insert(s.getName()); });
  std::string comment, parameters, fill, wanted, results;
  for (StringAttr symbol : symbols)
    parameters += concat(", int64_t ", identifier(symbol));
  unsigned inputs = entry.getNumArguments(), outputs = entry.getNumResults();
  for (unsigned i = 0; i < inputs; ++i) {
    Type type = entry.getArgumentTypes()[i];
    DictionaryAttr attributes = entry.getArgAttrDict(i);
    std::string name = nameOf(attributes, "input", i);
    bool optional = attributes && (attributes.contains("tenon.fill") ||
                                   attributes.contains("tenon.iota"));
    comment += concat("   ", name, " ", dimsText(type),
                      optional ? ", may be NULL" : "", "\n");
    parameters += concat(",\n    const ", cType(getElementType(type)), " *",
                         identifier(name));
    std::string shape;
    for (auto [axis, dim] : llvm::enumerate(getDims(type))) {
      std::string text = dim.str();
      // `floordiv` is C's division: dims aren't negative.
      for (size_t at; (at = text.find("floordiv")) != std::string::npos;)
        text.replace(at, 8, "/");
      shape += (axis ? ", " : "") + text;
    }
    fill += concat("  int64_t shape_", i, "[] = {", shape, "};\n");
    fill += concat("  tenon_tensor tensor_", i, " = {sizeof(tenon_tensor), \"",
                   name, "\", (void *)", identifier(name), ", {1, 0}, ",
                   getDims(type).size(), ", ", dlpackType(getElementType(type)),
                   ", shape_", i, ", 0, 0};\n  if (", identifier(name),
                   ")\n    inputs[count++] = tensor_", i, ";\n");
  }
  for (unsigned i = 0; i < outputs; ++i) {
    std::string name = nameOf(entry.getResultAttrDict(i), "output", i);
    comment += concat("   ", name, " ", dimsText(entry.getResultTypes()[i]),
                      ": set to memory of the session\n");
    parameters += concat(",\n    tenon_tensor *", identifier(name));
    wanted += concat("\n    {sizeof(tenon_tensor), \"", name,
                     "\", 0, {1, 0}, 0, {0, 0, 1}, 0, 0, 0},");
    results += concat("  if (!status && ", identifier(name), ")\n    *",
                      identifier(name), " = results[", i, "];\n");
  }
  return concat("/* Runs `", entry.getName().str(), "`:\n", comment,
                "*/\nstatic inline tenon_status *", prefix, "_",
                identifier(entry.getName()), "(\n    tenon_session *session",
                parameters, ") {\n  tenon_tensor inputs[", inputs,
                "];\n  tenon_tensor results[] = {", wanted,
                "};\n  size_t count = 0;\n  tenon_status *status;\n", fill,
                "  status = tenon_session_run(session, \"",
                entry.getName().str(), "\", inputs, count, results, ", outputs,
                ");\n", results, "  return status;\n}\n\n");
}

Status tenon::writeLinkable(Compilation &compilation, const std::string &path) {
  if (!path.ends_with(".so"))
    return Status::usage("-o", "'" + path + "' must end in .so");
  size_t slash = path.rfind('/');
  std::string base = path.substr(slash == std::string::npos ? 0 : slash + 1);
  base = base.substr(0, base.size() - 3);
  std::string prefix =
      identifier(StringRef(base).starts_with("lib") ? base.substr(3) : base);
  std::string marker = prefix + "_artifact";
  TENON_RETURN_IF_ERROR(compilation.writeArtifact(path, marker));

  std::string guard = StringRef(prefix).upper() + "_H";
  std::string text = concat(
      "/* Made by tenon compile --emit so+h. Link with ", base,
      ".so and libtenon. */\n\n#ifndef ", guard, "\n#define ", guard,
      "\n\n#include <tenon/tenon.h>\n\n#ifdef __cplusplus\nextern \"C\" {\n"
      "#endif\n\n/* The place in memory by which the model finds its file. */\n"
      "extern const char ",
      marker,
      "[];\n\n/* Opens the model in the file that the loader found. */\n",
      "static inline tenon_status *", prefix,
      "_open(tenon_instance *instance,\n    const tenon_model_options "
      "*options, "
      "tenon_model **model) {\n  return tenon_model_open_linked(instance, ",
      marker, ", options, model);\n}\n\n");
  for (auto entry : compilation.module().getOps<func::FuncOp>())
    if (entry->hasAttr("tenon.entry"))
      text += writeEntry(entry, prefix);
  text += concat("#ifdef __cplusplus\n}\n#endif\n\n#endif /* ", guard, " */\n");
  Status status = writeFile(path.substr(0, path.size() - 3) + ".h", text);
  if (!status)
    std::remove(path.c_str());
  return status;
}
