#include "signature.h"

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace mushin {
namespace {

class Reader {
 public:
  explicit Reader(const Kernel& kernel) : kernel_(kernel), text_(kernel.signature) {}

  Signature read() {
    Signature signature;
    signature.op = kernel_.name;
    for (const std::string suffix : {"_forward", "_backward"})
      if (signature.op.ends_with(suffix)) signature.op.resize(signature.op.size() - suffix.size());
    bool outputs = true;
    while (skip_spaces(), at_ < text_.size()) {
      if (take('=')) {
        outputs = false;
        continue;
      }
      signature.parameters.push_back(read_parameter(signature, outputs));
    }
    if (signature.parameters.size() != size_t(kernel_.count)) fail("has another number of arguments than the kernel");
    for (Parameter& p : signature.parameters) {
      signature.passed += p.passed;
      signature.outputs += p.argument.role == Role::output && !p.guard;
      signature.writes_in_place = signature.writes_in_place || p.argument.role == Role::inout;
      if (p.argument.role == Role::integer) p.binds = find_name(signature, p.name);
    }
    return signature;
  }

 private:
  Parameter read_parameter(Signature& signature, bool output) {
    const size_t position = signature.parameters.size();
    if (position >= size_t(kernel_.count)) fail("has more arguments than the kernel");
    Parameter p{};
    p.argument = kernel_.arguments[0][position];
    p.generic = p.argument.dtype != kernel_.arguments[1][position].dtype;
    p.binds = -1;
    p.name = read_word();
    if (take('!')) {
      p.guard = true;
      p.is_index = take('!');
      p.name = read_word();
      p.dimensions = {{Dimension::Kind::fixed, 4, 0, 1}};
    } else if (take('(')) {
      read_dimensions(signature, p);
    }
    if (take('[') && !take(']')) {
      p.dimensions = {{Dimension::Kind::named, 0, name_index(signature, read_word()), 1}};
      expect(']');
    }
    p.optional = take('?');
    const bool marked = take('&');
    const bool is_output = p.argument.role == Role::output;
    p.passed = !is_output || marked;
    if (output != (is_output || p.argument.role == Role::inout) && !(p.argument.role == Role::inout))
      fail("names an output among the inputs or the reverse: " + p.name);
    return p;
  }

  void read_dimensions(Signature& signature, Parameter& p) {
    const size_t begin = at_;
    while (!take(')')) {
      if (take('~')) {
        p.broadcast = true;
      } else if (take('|')) {
        p.or_number = true;
      } else if (take('*')) {
        p.dimensions.push_back({Dimension::Kind::many, 0, name_index(signature, "*" + read_word()), 1});
      } else {
        const std::string word = read_word();
        size_t digits = 0;
        while (digits < word.size() && std::isdigit(static_cast<unsigned char>(word[digits]))) ++digits;
        const int64_t number = digits > 0 ? std::stoll(word) : 1;
        if (digits == word.size())
          p.dimensions.push_back({Dimension::Kind::fixed, number, 0, 1});
        else
          p.dimensions.push_back({Dimension::Kind::named, 0, name_index(signature, word.substr(digits)), number});
      }
      take(',');
    }
    p.dimensions_text = text_.substr(begin, at_ - 1 - begin);
  }

  static int find_name(const Signature& signature, const std::string& name) {
    const auto& names = signature.dimension_names;
    const auto found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? -1 : int(found - names.begin());
  }

  static int name_index(Signature& signature, const std::string& name) {
    const int found = find_name(signature, name);
    if (found >= 0) return found;
    signature.dimension_names.push_back(name);
    return int(signature.dimension_names.size()) - 1;
  }

  std::string read_word() {
    const size_t begin = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_')) ++at_;
    if (begin == at_) fail("cannot be read at position " + std::to_string(at_));
    return text_.substr(begin, at_ - begin);
  }
  void skip_spaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) fail(std::string("lacks a ") + c);
  }
  [[noreturn]] void fail(const std::string& why) const {
    throw std::logic_error(std::string("signature of ") + kernel_.name + " " + why);
  }

  const Kernel& kernel_;
  const std::string text_;
  size_t at_ = 0;
};

}  // namespace

Signature parse_signature(const Kernel& kernel) { return Reader(kernel).read(); }

}  // namespace mushin
