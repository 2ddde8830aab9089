import fc from 'fast-check';

const NAMES = [
  'messages',
  'm',
  'c',
  'ns',
  'loop',
  'x',
  'bos_token',
  'add_generation_prompt',
  'tools',
  'range',
  'nothing',
];
const FILTERS = [
  ...[
    'upper',
    'lower',
    'trim',
    'length',
    'tojson',
    'list',
    'first',
    'last',
    'join',
    'reverse',
    'sort',
    'items',
    'unique',
  ],
  ...[
    "replace('a', 'b')",
    "default('x')",
    'indent(2)',
    "selectattr('role')",
    "map(attribute='content')",
    'string',
    'int',
  ],
  ...[
    'abs',
    'float',
    'title',
    'capitalize',
    'dictsort',
    'safe',
    'no_such_filter',
    "rejectattr('role', 'equalto', 'user')",
  ],
];
const OPERATORS = ['+', '-', '*', '/', '//', '%', '~', '==', '!=', '<', '>=', 'in', 'not in', 'and', 'or', 'is', 'if'];
const METHODS = [
  'split',
  'strip',
  'startswith',
  'endswith',
  'upper',
  'items',
  'get',
  'append',
  'keys',
  'format',
  'replace',
];
const TESTS = ['defined', 'none', 'string', 'mapping', 'iterable', 'number', 'odd', 'divisibleby', 'no_such_test'];

/** A template put together by Jinja's grammar: most are valid, many fail when they run. */
export const randomTemplate: fc.Arbitrary<string> = fc.letrec<{ expression: string; statement: string; body: string }>(
  (tie) => ({
    expression: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      fc.oneof(
        fc.constantFrom(...NAMES),
        fc.integer({ min: -5, max: 2000 }).map(String),
        fc.constantFrom(
          '1.5',
          'true',
          'none',
          "'<|start|>'",
          "'<|end|>'",
          "''",
          "'a b'",
          '[]',
          '{}',
          "messages[0]['content']",
        ),
      ),
      fc
        .tuple(tie('expression'), fc.constantFrom(...OPERATORS), tie('expression'))
        .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
      fc.tuple(tie('expression'), fc.constantFrom(...FILTERS)).map(([value, filter]) => `${value} | ${filter}`),
      fc.tuple(tie('expression'), fc.constantFrom(...TESTS)).map(([value, test]) => `${value} is ${test}`),
      fc.tuple(tie('expression'), tie('expression')).map(([value, index]) => `${value}[${index}]`),
      fc.tuple(tie('expression'), tie('expression')).map(([from, to]) => `messages[${from}:${to}]`),
      fc
        .tuple(tie('expression'), fc.constantFrom(...METHODS), tie('expression'))
        .map(([value, method, argument]) => `${value}.${method}(${argument})`),
      fc
        .tuple(fc.constantFrom(...NAMES, 'raise_exception', 'namespace', 'strftime_now'), tie('expression'))
        .map(([name, argument]) => `${name}(${argument})`),
      fc.array(tie('expression'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
      fc.tuple(tie('expression'), tie('expression')).map(([key, value]) => `{${key}: ${value}}`),
    ),
    statement: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      fc.oneof(
        fc.constantFrom(
          '<|start|>',
          '<|end|>',
          'text',
          '\n',
          ' ',
          '{{',
          '{%',
          '%}',
          '{# note #}',
          '{{- ',
          '{% break %}',
        ),
        fc.string({ unit: 'binary', maxLength: 5 }),
      ),
      tie('expression').map((value) => `{{ ${value} }}`),
      tie('expression').map((value) => `{{- ${value} -}}`),
      fc
        .tuple(fc.constantFrom('m', 'c', 'x', 'a, b'), tie('expression'), tie('body'))
        .map(([name, items, body]) => `{% for ${name} in ${items} %}${body}{% endfor %}`),
      fc
        .tuple(tie('expression'), tie('body'), tie('body'))
        .map(([test, one, other]) => `{%- if ${test} %}${one}{% else %}${other}{% endif -%}`),
      fc
        .tuple(fc.constantFrom('x', 'ns.x', 'c', 'messages'), tie('expression'))
        .map(([name, value]) => `{% set ${name} = ${value} %}`),
      fc
        .tuple(tie('body'), tie('body'))
        .map(([body, rest]) => `{% macro x(c) %}${body}{% endmacro %}${rest}{{ x(1) }}`),
      tie('expression').map((value) => `{% generation %}${value}{% endgeneration %}`),
    ),
    body: fc.array(tie('statement'), { maxLength: 4 }).map((parts) => parts.join('')),
  }),
).body;
