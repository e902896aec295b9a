#include "sim/report_style.h"

namespace dso::sim {

const std::string_view kReportStyle = R"css(
:root{--paper:#fff;--panel:#f5f6f8;--ink:#1b1f24;--soft:#57606a;--rule:#d8dce1;--grid:#e7eaee;
--demand:#30363d;--forecast:#8a3f86;--band:#c98bc4;--alone:#b84a00;--with:#0060a0;--served:#c3c9d1;--saved:#8cc6ef;
--lost:#d3173f;color-scheme:light dark}
@media screen and (prefers-color-scheme:dark){:root{--paper:#14171b;--panel:#1d2127;--ink:#e8eaed;--soft:#a5adb8;
--rule:#3a4048;--grid:#292e35;--demand:#d5dae0;--forecast:#e2a3dd;--band:#8b4f87;--alone:#ff9a4a;--with:#62b8ff;
--served:#4a525c;--saved:#1f5f92;--lost:#ff4d6d}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,
"Helvetica Neue",Arial,sans-serif}
main{max-width:1120px;margin:0 auto;padding:40px 24px 64px}
h1{font-size:30px;line-height:1.25;margin:0 0 8px;overflow-wrap:anywhere}
h2{font-size:22px;line-height:1.3;margin:56px 0 8px;padding-top:20px;border-top:1px solid var(--rule)}
h3{font-size:16px;margin:28px 0 4px}
p{margin:8px 0;max-width:76ch}
ul{padding-left:20px;max-width:80ch}
li{margin:6px 0}
.kicker{color:var(--soft);font-size:14px;letter-spacing:.02em;margin:0 0 6px}
.facts{color:var(--soft);max-width:none}
.headline{font-size:20px;line-height:1.45;max-width:none;margin:24px 0;padding:16px 20px;background:var(--panel);
border-left:5px solid var(--with);border-radius:4px;overflow-wrap:anywhere}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(235px,1fr));gap:14px;margin:24px 0 8px}
.figure{background:var(--panel);border-radius:8px;padding:14px 18px}
.figure dt{color:var(--soft);font-size:14px}
.figure dd{margin:0}
.figure strong{display:block;font-size:27px;line-height:1.35;white-space:nowrap;font-variant-numeric:tabular-nums}
.figure small{display:block;font-size:14px;color:var(--soft)}
.arrow{color:var(--soft);font-weight:400}
span.alone{color:var(--alone)}
span.with{color:var(--with)}
.note,.empty{color:var(--soft);font-size:14.5px}
figure{margin:12px 0 20px;overflow-x:auto;position:relative}
svg{display:block;width:100%;min-width:760px;height:auto;font-family:inherit;touch-action:pan-x pan-y}
svg text{fill:var(--ink);font-size:13px}
svg text.tick,svg text.axis-title{fill:var(--soft)}
svg text.strong{font-weight:650}
svg text.label{paint-order:stroke;stroke:var(--paper);stroke-width:3.5px;stroke-linejoin:round}
svg text.label.alone{fill:var(--alone)}
svg text.label.with{fill:var(--with)}
path{fill:none}
.grid{stroke:var(--grid)}
.axis{stroke:var(--soft)}
.line{stroke-width:1.3;stroke-linejoin:round;stroke-linecap:round}
.line.demand{stroke:var(--demand)}
.line.expected{stroke:var(--forecast);stroke-width:1.5}
.line.alone{stroke:var(--alone);stroke-width:1.7}
.line.with{stroke:var(--with);stroke-width:1.7}
.line.floor{stroke:var(--forecast);stroke-width:1.5;stroke-dasharray:5 3;stroke-linecap:butt}
.overview .line{stroke-width:1.1}
.long .line{stroke-width:.8;opacity:.75}
.overview .line.demand{stroke:var(--soft)}
.overview .line.expected{stroke-width:1.4}
.long .line.expected{stroke-width:.7;opacity:.6}
.long .line.floor{display:none}
.long .legend .floor-entry{display:none}
.overview .line.floor{stroke-dasharray:none;stroke-width:1}
.band{fill:var(--band);opacity:.5}
.area.lost{fill:var(--lost)}
.area.saved{fill:var(--saved)}
.area.served{fill:var(--served)}
.bar-alone{fill:var(--alone)}
.bar-with{fill:var(--with)}
.mark-best{fill:var(--with)}
.mark-other{fill:var(--paper);stroke:var(--with);opacity:.45}
.mark-alone{fill:var(--alone)}
.ring-yours{fill:none;stroke:var(--ink);stroke-width:2;stroke-dasharray:3 2.5}
.ring-recommended{fill:none;stroke:var(--ink);stroke-width:2.5}
.leader{stroke:var(--soft)}
.legend{display:flex;flex-wrap:wrap;gap:4px 22px;font-size:14px;padding:4px 0 6px}
.legend span{white-space:nowrap}
.legend i{display:inline-block;width:24px;height:0;margin-right:8px;vertical-align:middle;border-top:3px solid}
.legend .demand{border-color:var(--demand)}
.overview .legend .demand{border-color:var(--soft)}
.legend .expected,.legend .floor{border-color:var(--forecast)}
.legend .floor{border-top-style:dashed}
.overview .legend .floor{border-top-style:solid;border-top-width:2px}
.legend .alone{border-color:var(--alone)}
.legend .with{border-color:var(--with)}
.legend .key-area{height:13px;border:0;border-radius:2px}
.legend .band{background:var(--band);opacity:.5}
.legend .served{background:var(--served)}
.legend .saved{background:var(--saved)}
.legend .lost{background:var(--lost)}
.legend .bar-alone{background:var(--alone)}
.legend .bar-with{background:var(--with)}
.legend .key-dot,.legend .key-ring,.legend .key-square{width:10px;height:10px;border:0;border-radius:50%}
.legend .key-dot.best{background:var(--with)}
.legend .key-dot.other{border:1.5px solid var(--with);opacity:.5}
.legend .key-square{background:var(--alone);border-radius:0}
.legend .key-ring{width:16px;height:16px;border:2.5px solid var(--ink)}
.legend .key-ring.yours{border:2px dashed var(--ink)}
.scroll{overflow-x:auto;margin:20px 0}
table{border-collapse:collapse;font-size:15px;width:100%;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:650;padding:0 0 6px}
th,td{padding:6px 12px;text-align:right;border-bottom:1px solid var(--rule);vertical-align:top}
th{font-weight:400}
thead th{color:var(--soft);font-size:14px;vertical-align:bottom}
th:first-child,th.text,td.text{text-align:left}
tr>:first-child{padding-left:4px}
tr.chosen>*{background:var(--panel);font-weight:650}
tr.divider th{color:var(--soft);font-size:14px;padding-top:16px}
.meter{display:inline-block;width:120px;height:10px;margin-right:6px;background:var(--grid);border-radius:2px}
.meter i{display:block;height:100%;background:var(--with);border-radius:2px}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.hair{stroke:var(--ink);stroke-width:1;pointer-events:none}
#tip{position:fixed;z-index:1;pointer-events:none;background:var(--paper);color:var(--ink);border:1px solid var(--rule);
border-radius:6px;box-shadow:0 2px 10px #0003;padding:8px 12px;font-size:13px;line-height:1.45;
font-variant-numeric:tabular-nums}
#tip b{display:block;margin-bottom:2px}
#tip span{display:flex;justify-content:space-between;gap:18px}
footer{margin-top:56px;color:var(--soft);font-size:14px}
@media print{@page{margin:14mm}body{font-size:10.5pt}main{max-width:none;padding:0}h2{margin-top:28px}
svg{min-width:0}svg text{font-size:15px}table{font-size:9.5pt}
.figures{grid-template-columns:1fr 1fr}figure,.scroll{overflow:visible}figure,.figure,tr,.headline,li{break-inside:avoid}
h2,h3,caption{break-after:avoid}#tip{display:none}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
)css";

const std::string_view kReportScript = R"js(
(function () {
  'use strict';
  var names = ['Demand', 'Expected', 'Quantile', 'Replicas needed', 'Floor', 'Ready, HPA alone', 'Ready, with the floor'];
  var tip = document.createElement('div');
  tip.id = 'tip';
  tip.hidden = true;
  document.body.appendChild(tip);
  document.querySelectorAll('script[data-of]').forEach(function (element) {
    var data = JSON.parse(element.textContent);
    var plots = Array.from(document.querySelectorAll('svg[data-pointer="' + element.dataset.of + '"]'));
    if (data.moments.length === 0) return;
    var hairs = plots.map(function (svg) {
      var box = svg.viewBox.baseVal;
      var hair = document.createElementNS('http://www.w3.org/2000/svg', 'path');
      hair.setAttribute('class', 'hair');
      hair.setAttribute('d', 'M0 30V' + (box.height - 44));
      hair.style.display = 'none';
      svg.appendChild(hair);
      return hair;
    });
    function nearest(x) {
      var low = 0, high = data.moments.length - 1;
      while (low < high) {
        var middle = (low + high) >> 1;
        if (data.moments[middle][0] < x) low = middle + 1; else high = middle;
      }
      return low > 0 && x - data.moments[low - 1][0] < data.moments[low][0] - x ? low - 1 : low;
    }
    function hide() {
      tip.hidden = true;
      hairs.forEach(function (hair) { hair.style.display = 'none'; });
    }
    plots.forEach(function (svg) {
      svg.addEventListener('pointermove', function (event) {
        var box = svg.getBoundingClientRect();
        var x = (event.clientX - box.left) * svg.viewBox.baseVal.width / box.width;
        if (x < data.left - 4 || x > data.right + 4) return hide();
        var moment = data.moments[nearest(x)];
        hairs.forEach(function (hair) {
          hair.setAttribute('transform', 'translate(' + moment[0] + ' 0)');
          hair.style.display = '';
        });
        tip.textContent = '';
        var title = document.createElement('b');
        title.textContent = moment[1] + ' UTC';
        tip.appendChild(title);
        names.forEach(function (name, i) {
          var row = document.createElement('span');
          row.appendChild(document.createTextNode(name));
          var value = document.createElement('span');
          value.textContent = moment[i + 2];
          row.appendChild(value);
          tip.appendChild(row);
        });
        tip.hidden = false;
        var left = event.clientX + 18;
        if (left + tip.offsetWidth > innerWidth - 8) left = event.clientX - 18 - tip.offsetWidth;
        tip.style.left = Math.max(8, left) + 'px';
        tip.style.top = Math.max(8, Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 8)) + 'px';
      });
      svg.addEventListener('pointerleave', hide);
    });
  });
})();
)js";

}  // namespace dso::sim
