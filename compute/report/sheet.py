"""The style of the index page: colours from the tokens, figures always on white."""

from __future__ import annotations

from compute.core.colours import DARK, LIGHT, Ink


def _ink(ink: Ink) -> str:
    names = ("canvas", "panel", "line", "text", "text2", "text3", "accent", "warn")
    return "".join(f"--{name}:{getattr(ink, name)};" for name in names)


def sheet() -> str:
    """The style sheet: light and dark, screen and print."""
    dark = f"@media (prefers-color-scheme:dark){{:root{{{_ink(DARK)}}}}}"
    return f":root{{{_ink(LIGHT)}}}{dark}{_CSS}"


_CSS = """
*{box-sizing:border-box}
html{scroll-padding-top:16px}
body{margin:0 auto;max-width:1180px;padding:40px 32px 64px;background:var(--canvas);
color:var(--text);font:15px/1.55 Inter,system-ui,-apple-system,"Segoe UI",sans-serif;
font-variant-numeric:tabular-nums}
a{color:var(--accent);text-decoration:none}
a:hover,a:focus-visible{text-decoration:underline}
a:focus-visible,summary:focus-visible{outline:2px solid var(--accent);outline-offset:2px;
border-radius:4px}
h1{font-size:34px;line-height:42px;margin:0 0 4px;font-weight:600;overflow-wrap:anywhere}
h2{font-size:19px;line-height:26px;margin:0 0 12px;font-weight:600}
h3{font-size:14px;line-height:20px;margin:16px 0 6px;font-weight:600}
h3 .unit{color:var(--text3);font-weight:400;margin-left:6px}
.kicker,.lead,.notes,.links,figcaption,footer{color:var(--text3)}
.kicker{margin:0 0 4px;font-size:13px}
.lead{margin:0 0 24px;color:var(--text2)}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:1px;
margin:0 0 40px;
border:1px solid var(--line);border-radius:8px;overflow:hidden;background:var(--line)}
.facts div{background:var(--panel);padding:10px 14px}
.facts dt{font-size:12px;line-height:16px;color:var(--text3)}
.facts dd{margin:2px 0 0;font-size:17px;line-height:22px;font-weight:600;overflow-wrap:anywhere}
.columns{display:grid;grid-template-columns:248px minmax(0,1fr);gap:40px}
nav ol{list-style:none;margin:0;padding:0;position:sticky;top:16px;max-height:calc(100vh - 32px);
overflow:auto;font-size:13px;line-height:18px}
nav a{display:grid;grid-template-columns:auto minmax(0,1fr);padding:4px 8px;border-radius:6px;
color:var(--text2)}
nav a:hover{background:var(--panel);text-decoration:none}
nav .no{color:var(--text3);min-width:88px;padding-right:8px}
nav .rest{margin-top:8px}
.no{color:var(--text3);font-weight:500}
h2 .no{margin-right:8px}
section{margin:0 0 56px;padding-top:4px}
figure{margin:0 0 12px}
.paper{background:""" + LIGHT.canvas + """;
border:1px solid var(--line);border-radius:8px;padding:16px;overflow-x:auto}
.paper img{display:block;max-width:max(100%,620px);height:auto;margin:0 auto}
figcaption,.links{font-size:12px;margin:6px 0 0}
figcaption a,.links a{margin-right:12px}
.caption{max-width:76ch;color:var(--text2);margin:0 0 6px}
.remark{max-width:76ch;border-left:3px solid var(--warn);padding:2px 0 2px 12px;margin:8px 0;
color:var(--text2)}
.notes{font-size:13px;margin:6px 0 0;max-width:76ch}
details{margin-top:8px}
summary{cursor:pointer;color:var(--text2);font-size:13px}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:13px;line-height:18px}
th,td{text-align:left;padding:5px 18px 5px 0;border-bottom:1px solid var(--line);
vertical-align:top;font-weight:400;white-space:nowrap}
.long{white-space:normal;min-width:24ch}
dd.long{font-size:13px;line-height:18px;font-weight:500;min-width:0}
sub{font-size:.72em;line-height:0}
th{color:var(--text3)}
thead th{white-space:normal;vertical-align:bottom;max-width:16ch}
.n{text-align:right}
code{font:.92em "JetBrains Mono",ui-monospace,monospace}
.absent td{white-space:normal}
.absent td:last-child{max-width:56ch}
.absent div{display:grid;grid-template-columns:88px minmax(0,1fr);min-width:300px;padding:1px 0}
footer{border-top:1px solid var(--line);padding-top:12px;font-size:12px}
@media (max-width:860px){body{padding:24px 16px}
.columns{grid-template-columns:minmax(0,1fr);gap:24px}
nav ol{position:static;max-height:none}
.absent,.absent tbody,.absent tr,.absent td{display:block;padding-right:0}
.absent thead{display:none}
.absent tr{border-bottom:1px solid var(--line);padding:6px 0}.absent td{border:0;padding:2px 0}
.absent div{min-width:0}}
@media print{:root{""" + _ink(LIGHT) + """}body{max-width:none;padding:0;font-size:10pt}
.facts{grid-template-columns:repeat(3,1fr)}
nav{display:none}.columns{display:block}section{margin-bottom:24pt}
.paper{border:0;padding:0;overflow:visible}.paper img{max-width:100%}figure{break-inside:avoid}
h2,h3{break-after:avoid}tr{break-inside:avoid}.wide{overflow:visible}
table{font-size:8pt;line-height:1.35}
th,td{padding:3px 10px 3px 0;white-space:normal}.no{white-space:nowrap}
details>*{display:block}figcaption,.links{display:none}}
"""  # fmt: skip
