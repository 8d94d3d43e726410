#include "web/status_style.hpp"

#include <fmt/format.h>

#include "web/state_colours.hpp"

namespace everai::web {
namespace {

constexpr std::string_view kColours = R"(
:root{color-scheme:light dark;--page:#f6f6f4;--card:#fff;--ink:#1c2024;--soft:#59626b;--line:#e2e3e0;
--track:#e9eae7;--bad:#b01c2e;--bad-back:#fceeee;--warn:#874a00;--warn-back:#fcf2e2;--good:#22673a;
--link:#1d5bb8}
@media (prefers-color-scheme:dark){:root{--page:#111316;--card:#191c20;--ink:#e6e8ea;--soft:#9da6af;
--line:#2a2f35;--track:#2a2f35;--bad:#ff929b;--bad-back:#3a1b20;--warn:#f3ba6b;--warn-back:#35270f;
--good:#85d29a;--link:#8cb9ff}}
)";

constexpr std::string_view kPage = R"(
*{box-sizing:border-box;margin:0;padding:0}
body{background:var(--page);color:var(--ink);font:.875rem/1.45 system-ui,-apple-system,"Segoe UI",
Roboto,"Noto Sans","Liberation Sans",sans-serif;font-variant-numeric:tabular-nums;
-webkit-text-size-adjust:100%;text-size-adjust:100%}
.page{max-width:80rem;margin:0 auto;padding:1.25rem 1.5rem 2rem}
a{color:var(--link);text-decoration:none}
a:hover{text-decoration:underline}
a:focus-visible{outline:2px solid var(--link);outline-offset:2px;border-radius:2px}
bdi{overflow-wrap:anywhere}
.top{display:flex;flex-wrap:wrap;justify-content:space-between;gap:.25rem 1.5rem;color:var(--soft)}
nav{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem}
h1{display:flex;align-items:flex-start;gap:.6rem;margin:1.5rem 0 .25rem;font-size:1.75rem;
font-weight:600;line-height:1.2;letter-spacing:-.015em;text-wrap:balance}
h1 svg{flex:none;width:1.75rem;height:1.75rem;margin-top:.17rem}
.sign{fill:none;stroke:var(--page);stroke-width:1.8;stroke-linecap:round}
.sub{color:var(--soft)}
.facts{display:flex;flex-wrap:wrap;gap:.5rem 2.5rem;margin:1rem 0 1.25rem}
.facts dt{color:var(--soft);font-size:.75rem}
.alert{margin:0 0 1.25rem;padding:.6rem .9rem;border-left:3px solid var(--bad);border-radius:4px;
background:var(--bad-back);color:var(--bad)}
.alert bdi{display:block}
.legend{display:flex;flex-wrap:wrap;gap:.15rem 1rem;margin:0 0 .5rem;padding:0 .25rem;list-style:none;
color:var(--soft);font-size:.75rem}
footer{margin-top:1rem;padding:0 .25rem;color:var(--soft);font-size:.75rem}
.good{color:var(--good)}
.warn{color:var(--warn)}
.bad{color:var(--bad)}
.soft,small{color:var(--soft)}
small{font-size:inherit}
)";

constexpr std::string_view kTable = R"(
table{width:100%;border:1px solid var(--line);border-spacing:0;border-radius:8px;background:var(--card);
table-layout:fixed}
th,td{padding:.45rem .75rem;text-align:left;vertical-align:top;font-weight:400}
thead th{position:sticky;top:0;z-index:1;border-bottom:1px solid var(--line);border-radius:8px 8px 0 0;
background:var(--card);color:var(--soft);font-size:.75rem;white-space:nowrap}
tbody tr+tr>*,tbody+tbody tr:first-child>*{border-top:1px solid var(--line)}
.group th{padding:.9rem .75rem .35rem;font-weight:600}
.group small{font-weight:400}
.group+tr>*{border-top:0}
thead th:nth-child(1){width:18%}
thead th:nth-child(2){width:22%}
thead th:nth-child(4){width:6rem}
thead th:nth-child(5){width:7.75rem}
thead th:nth-child(n+6){width:5.75rem}
tr>:nth-child(n+4){text-align:right;white-space:nowrap}
.group th,tr>th:only-child{text-align:left}
tbody th a{color:var(--ink);font-weight:600}
tbody th a bdi:first-child{color:var(--soft);font-weight:400}
.tag{display:inline-block;margin-right:.4rem;font-weight:600}
.tag.bad,.tag.warn{padding:0 .4rem;border-radius:4px}
.tag.bad{background:var(--bad-back)}
.tag.warn{background:var(--warn-back)}
.why{color:var(--soft);font-size:.75rem}
.fleet{display:grid;grid-template-columns:minmax(4.5rem,auto) 1fr;gap:0 .75rem}
.fleet>:first-child{white-space:nowrap}
.parts{grid-column:2}
.bar{display:block;width:100%;height:.7rem;border-radius:3px;background:var(--track);
align-self:center}
.bar rect{stroke:var(--card);stroke-width:1;vector-effect:non-scaling-stroke}
.parts{display:flex;flex-wrap:wrap;gap:0 .75rem;font-size:.75rem;line-height:1.5}
.parts span{white-space:nowrap}
i{display:inline-block;width:.6rem;height:.6rem;margin-right:.3rem;border-radius:2px;
box-shadow:inset 0 0 0 1px #0002}
)";

/// Below this width a row becomes a card: all of an app together, and no sideways scrolling.
constexpr std::string_view kNarrow = R"(
@media (max-width:60rem){
.page{padding:1rem 1rem 2rem}
h1{margin-top:1rem;font-size:1.5rem}
h1 svg{width:1.5rem;height:1.5rem;margin-top:.15rem}
table,tbody,tr,th,td{display:block}
table{border:0;background:none}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
tbody{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,21rem),1fr));gap:.6rem}
tbody tr{display:grid;grid-template-columns:1fr 1fr;gap:.2rem 1.5rem;align-content:start;
padding:.65rem .8rem;border:1px solid var(--line);border-radius:8px;background:var(--card)}
tbody tr>*,tbody+tbody tr:first-child>*,tbody tr+tr>*{padding:0;border:0}
tbody tr>:nth-child(-n+3){grid-column:1/-1}
.well{position:relative}
.well>th{padding-right:2rem}
.well>td:nth-child(2){position:absolute;top:.65rem;right:.8rem}
.well .tag{margin:0}
tbody tr.group{grid-column:1/-1;padding:.75rem 0 0;border:0;background:none}
tbody .group th{padding:0 .25rem}
tbody:first-of-type tr.group{padding-top:.25rem}
.fleet{grid-template-columns:auto 1fr;margin:.15rem 0}
.parts{grid-column:1/-1}
tr>:nth-child(n+4){display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 .5rem}
tr>:nth-child(n+4)::before{color:var(--soft)}
tr>:nth-child(4)::before{content:"Queue"}
tr>:nth-child(5)::before{content:"Failed"}
tr>:nth-child(6)::before{content:"Data age"}
tr>:nth-child(7)::before{content:"Next poll"}
}
@media print{
:root{--page:#fff;--track:#ddd}
body{font-size:9pt}
nav{display:none}
.page{max-width:none;padding:0}
thead th{position:static}
tr{break-inside:avoid}
i,.bar,.tag{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
@media (forced-colors:active){i,.bar{forced-color-adjust:none}}
)";

std::string make_stylesheet() {
  std::string css = fmt::format("{}{}{}", kColours, kPage, kTable);
  for (std::size_t i = 0; i < kStateColours.size(); ++i) {
    css += fmt::format(".s{0}{{fill:{1};background:{1}}}\n", i, kStateColours.at(i));
  }
  return css += kNarrow;
}

}  // namespace

const std::string& status_stylesheet() {
  static const std::string stylesheet = make_stylesheet();
  return stylesheet;
}

}  // namespace everai::web
