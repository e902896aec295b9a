// The looks of the report, and what it does under the pointer. Without the script the page is complete.
#pragma once

#include <string_view>

namespace dso::sim {

// The contents of <style>. Colours are those of Okabe and Ito ("Color Universal Design", 2008), darkened or lightened
// for contrast; shapes and dashes say the same as colours do.
extern const std::string_view kReportStyle;

// The contents of <script>: a cross-hair with the values of the moment in the plots over time.
extern const std::string_view kReportScript;

}  // namespace dso::sim
