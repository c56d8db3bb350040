/**
 * Makes an element. Strings among the children become text nodes, so nothing that somebody wrote is ever read as HTML;
 * properties are attributes, except functions, which listen (`onclick`). `false`, `null` and `undefined` are left out of both.
 */
export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === 'function') node.addEventListener(name.slice(2), value);
    else if (isPresent(value)) node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat().filter((child) => child !== '' && isPresent(child)));
  return node;
}

function isPresent(value) {
  return value !== undefined && value !== null && value !== false;
}
