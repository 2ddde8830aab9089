/** What a model or a pack may say that wants to be more than text; running any of it sets `window.harmed`. */
export const HOSTILE_NAME = '<img src=x onerror="window.harmed=true"><script>window.harmed=true</script>';

const MARKUP = [
  '<script>window.harmed = true</script>',
  '<img src="x" onerror="window.harmed = true">',
  '<svg onload="window.harmed = true"><script>window.harmed = true</script></svg>',
  '<math><mtext><style><img src=x onerror="window.harmed=true"></style></mtext></math>',
  '<iframe srcdoc="<script>parent.harmed = true</script>"></iframe>',
  '<object data="data:text/html,x"></object><embed src="x">',
  '<meta http-equiv="refresh" content="0; url=https://example.org/">',
  '<base href="https://example.org/"><link rel="stylesheet" href="https://example.org/x.css">',
  '<form action="https://example.org/"><input name="q"><button>Send</button></form>',
  '<style>body { display: none }</style>',
  '<template><img src=x onerror="window.harmed=true"></template>',
  '<a href="javascript:window.harmed=true" onclick="window.harmed=true">a</a>',
  '<p id="composer" name="getElementById" style="position: fixed" class="strong" data-x="1" aria-hidden="true">b</p>',
  '`<img src=x onerror=window.harmed=true>`',
  '# <img src=x onerror=window.harmed=true>',
  '| <img src=x onerror=window.harmed=true> |\n| --- |\n| <script>window.harmed=true</script> |',
  '```html" onclick="window.harmed=true\n</code></pre><script>window.harmed=true</script>\n```',
].join('\n\n');

const LINKS = [
  '[script](javascript:window.harmed=true)',
  '[script](JaVaScRiPt&colon;window.harmed=true)',
  '[script](java\tscript:window.harmed=true)',
  '[script](&#106;avascript:window.harmed=true)',
  '[script](<javascript:window.harmed=true>)',
  '[data](data:text/html,<script>window.harmed=true</script>)',
  '[program](vbscript:x)',
  '[file](file:///etc/passwd)',
  '[blob](blob:https://example.org/1)',
  '[here](index.html?load=fails)',
  '[top](#composer)',
  '[elsewhere](//example.org/x)',
  '[id]: javascript:window.harmed=true "title"\n\n[by name][id] and <javascript:window.harmed=true>',
  '[good](https://example.org/page?a=1&b="2")',
  '<https://example.org/auto>',
  'https://example.org/bare',
  '<someone@example.org>',
  '![picture](https://example.org/picture.png "x")',
  '![picture](javascript:window.harmed=true)',
].join('\n\n');

const HALVES = [
  'lone \ud800 and \udc00, swapped \udc00\ud800, broken bytes \ufffd\ufffd, zero \0, bell \x07',
  'escape \x1b[31mred\x1b[0m \x1b]0;title\x07, back\b\b\b, order \u202eevil\u202c and \u2066isolate, mark \ufeff',
  'marks ' + 'e' + '\u0301'.repeat(2000),
].join('\n\n');

export const HOSTILE_ANSWERS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'all markup': MARKUP,
    'all links': LINKS,
    halves: HALVES,
    'long line': 'x'.repeat(100_000),
    'long code': '```\n' + 'y'.repeat(100_000) + '\n```\n\n`' + 'z'.repeat(10_000) + '`',
    'wide table': `${'|a'.repeat(2000)}\n${'|-'.repeat(2000)}\n${'|b'.repeat(2000)}`,
    quotes: '>'.repeat(10_000) + ' deep',
    'some quotes': '>'.repeat(400) + ' deep',
    lists: '- '.repeat(300) + 'deep',
    numbers: '1. '.repeat(10_000) + 'deep',
    brackets: '['.repeat(50_000),
    stars: '*'.repeat(50_000),
    underscores: '_a'.repeat(25_000),
    'nested lists': Array.from({ length: 600 }, (_, line) => ' '.repeat(2 * (line % 300)) + '- x').join('\n'),
    'many lines': 'a\n'.repeat(50_000),
  }),
);
