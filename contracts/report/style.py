"""How the page looks, in light and in dark; knows nothing else."""

# ruff: noqa: E501
from __future__ import annotations

from typing import Final

STYLE: Final = """
:root{color-scheme:light dark;--ink:#1c2126;--soft:#5b6670;--paper:#fff;--line:#dde2e6;--ok:#2e9e6b;
--bad:#d33f49;--gap:#e0a82e;--two:#2e9e6b;--three:#4a8fd4;--four:#e0a82e;--five:#d33f49;--code:#f4f6f8}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ec;--soft:#98a3ad;--paper:#14181c;--line:#2d343a;--code:#1d2328}}
*{box-sizing:border-box}
body{margin:0;font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
header,main{max-width:1200px;margin:auto;padding:1.2rem}
h1{margin:.2rem 0;font-size:1.7rem}h2{margin:2rem 0 .6rem;font-size:1.2rem}
dl{display:flex;flex-wrap:wrap;gap:.4rem 2rem;margin:.6rem 0}dt{color:var(--soft);font-size:.8rem}dd{margin:0}
code,pre{font:13px/1.45 ui-monospace,monospace}
pre{margin:.3rem 0;padding:.5rem .7rem;background:var(--code);border-radius:4px;overflow-x:auto;white-space:pre-wrap;
overflow-wrap:anywhere}
pre.answer{border-left:3px solid var(--bad)}
.finding{border:1px solid var(--line);border-radius:6px;margin:.5rem 0;padding:.5rem .8rem}
summary{cursor:pointer}.meta{color:var(--soft);margin:.3rem 0;overflow-wrap:anywhere}
.badge{font-size:.75rem;padding:.1rem .45rem;border-radius:9px;color:#fff;background:var(--bad)}
.badge.assumed{background:var(--gap);color:#1c2126}
.note{color:var(--soft);margin:.2rem 0}
.scroll{overflow:auto;max-height:80vh;border:1px solid var(--line);border-radius:6px}
table{border-collapse:collapse;font-size:13px}th{text-align:left;font-weight:400}
.answers,.checks{width:100%}.answers td,.answers th,.checks td,.checks th{padding:.25rem .6rem;vertical-align:top;
border-bottom:1px solid var(--line)}
thead th{color:var(--soft);position:sticky;top:0;background:var(--paper);z-index:1}
.matrix tbody th{position:sticky;left:0;background:var(--paper);padding:0 .6rem;white-space:nowrap}
.matrix td{width:20px;min-width:20px;height:20px;border:1px solid var(--paper);text-align:center;background:var(--code);
font-size:11px}
.matrix .turned{height:150px;vertical-align:bottom;padding:0}
.turned div{width:20px}.turned span{writing-mode:vertical-rl;transform:rotate(180deg);white-space:nowrap;font-size:12px;
padding:.3rem 0}
.ok,.matrix td.ok{background:var(--ok)}.bad,.matrix td.bad{background:var(--bad);color:#fff}
.gap,.matrix td.gap{background:var(--gap);color:#1c2126}.none{background:var(--code);border:1px solid var(--line)}
.legend{color:var(--soft)}.legend i{display:inline-block;width:12px;height:12px;border-radius:2px;margin:0 .2rem 0 .8rem}
.plots{display:flex;flex-wrap:wrap;gap:1rem;margin-bottom:1rem}figure{margin:0;flex:1 1 380px;border:1px solid var(--line);
border-radius:6px;padding:.5rem}figcaption{color:var(--soft);font-size:.85rem}
svg text{font-size:11px;text-anchor:middle;fill:var(--soft)}svg line{stroke:var(--soft)}
rect.time{fill:var(--three)}rect.s2{fill:var(--two)}rect.s3{fill:var(--three)}rect.s4{fill:var(--four)}
rect.s5,rect.s0{fill:var(--five)}span.s5,span.s0{color:var(--five)}
svg.span{width:124px;height:10px}svg.span circle{fill:var(--three)}
"""
