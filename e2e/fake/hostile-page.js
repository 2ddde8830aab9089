// What old libraries and careless pages do to the objects of the language, and worse: here all of it at once.
'use strict';
(() => {
  const broken = (name) =>
    function () {
      throw new Error(`${name} of the page was called`);
    };
  for (const name of ['extend', 'each', 'isEmpty', 'toQueryString']) Object.prototype[name] = broken(name);
  // Both go through what was added to the prototypes, too, and call with what is no index.
  Array.prototype.forEach = function (act) {
    for (const index in this) act(this[index], index);
  };
  Array.prototype.map = function (act) {
    const all = [];
    for (const index in this) all[all.length] = act(this[index]);
    return all;
  };
  for (const name of [
    'filter',
    'find',
    'findIndex',
    'flatMap',
    'includes',
    'indexOf',
    'reduce',
    'slice',
    'some',
    'every',
  ])
    Array.prototype[name] = broken(name);
  Array.from = () => [];
  Object.entries = Object.fromEntries = Object.keys = Object.assign = broken('Object');
  // An array as a text in a text, as one library had it for years.
  for (const { prototype } of [Object, Array, String, Number]) prototype.toJSON = () => '"broken"';
  String.prototype.trimEnd = String.prototype.replaceAll = String.prototype.at = broken('String');
  for (const name of ['remove', 'show', 'hide', 'select', 'update', 'insert', 'replace'])
    Element.prototype[name] = broken(name);
  Function.prototype.bind = broken('bind');
  window.name = 'sterna-prompts';
  window.title = window.chat = window.model = 'of the page';
})();
