#include "prom/element_splitter.h"

namespace dso::prom {
namespace {

// {"data": {"result": [ … : the brackets that are open where an element begins.
constexpr std::string_view kPathToElements = "{{[";
// An element nests two deep ({"values": [[…]]}); anything much deeper is not an answer.
constexpr size_t kMaxDepth = 16;

bool IsWhitespace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

ElementSplitter::State ElementSplitter::Feed(std::string_view bytes) {
  for (const char c : bytes) {
    if (state_ != State::kReading && state_ != State::kComplete) break;
    FeedByte(c);
  }
  return state_;
}

void ElementSplitter::FeedByte(char c) {
  if (in_string_) {
    Keep(c);
    if (escaped_) {
      escaped_ = false;
    } else if (c == '\\') {
      escaped_ = true;
    } else if (c == '"') {
      in_string_ = false;
    }
    return;
  }
  if (open_brackets_.empty() && c != '{') {
    // Outside the root object there is room for white space only.
    if (!IsWhitespace(c)) state_ = State::kMalformed;
    return;
  }
  switch (c) {
    case '{':
    case '[': return Open(c);
    case '}':
    case ']': return Close(c);
    case '"': in_string_ = true; break;
    default: break;
  }
  Keep(c);
}

void ElementSplitter::Open(char bracket) {
  if (state_ == State::kComplete || open_brackets_.size() == kMaxDepth) {
    state_ = State::kMalformed;
    return;
  }
  if (bracket == '{' && open_brackets_ == kPathToElements) in_element_ = true;
  open_brackets_ += bracket;
  Keep(bracket);
}

void ElementSplitter::Close(char bracket) {
  const char expected = bracket == '}' ? '{' : '[';
  if (open_brackets_.back() != expected) {
    state_ = State::kMalformed;
    return;
  }
  open_brackets_.pop_back();
  Keep(bracket);
  if (in_element_ && open_brackets_ == kPathToElements) EndElement();
  if (open_brackets_.empty() && state_ == State::kReading) state_ = State::kComplete;
}

void ElementSplitter::Keep(char c) {
  std::string& text = in_element_ ? element_ : envelope_;
  text += c;
  if (text.size() > (in_element_ ? kMaxElementBytes : kMaxEnvelopeBytes)) state_ = State::kTooLarge;
}

void ElementSplitter::EndElement() {
  in_element_ = false;
  envelope_ += "null";
  if (!on_element_(element_) && state_ == State::kReading) state_ = State::kRefused;
  element_.clear();  // keeps its capacity for the next
}

}  // namespace dso::prom
