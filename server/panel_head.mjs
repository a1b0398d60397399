// Reads what a panel.ts says of itself (title, group, order, key, wide) without running it, from
// the literal that it gives to definePanel. So the tabs are there before any panel is loaded.
import fs from 'node:fs';
import ts from 'typescript';

const KEYS = ['title', 'group', 'order', 'key', 'wide'];
const REQUIRED = ['title', 'group', 'order'];

export function readPanelHead(file) {
  const source = ts.createSourceFile(file, fs.readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const literal = findDefinition(source);
  if (!literal) throw new Error(`${file}: there is no definePanel({…}).`);
  const head = {};
  for (const property of literal.properties) {
    const name = property.name?.getText(source);
    if (!KEYS.includes(name)) continue;
    const value = ts.isPropertyAssignment(property) ? literalValue(property.initializer) : undefined;
    if (value === undefined) throw new Error(`${file}: definePanel's ${name} must be written as a literal.`);
    head[name] = value;
  }
  for (const name of REQUIRED) {
    if (!(name in head)) throw new Error(`${file}: definePanel needs ${name}.`);
  }
  return head;
}

function findDefinition(node) {
  if (ts.isCallExpression(node) && node.expression.getText() === 'definePanel') {
    const first = node.arguments[0];
    return first && ts.isObjectLiteralExpression(first) ? first : undefined;
  }
  return ts.forEachChild(node, findDefinition);
}

function literalValue(node) {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (node.kind === ts.SyntaxKind.TrueKeyword) return true;
  if (node.kind === ts.SyntaxKind.FalseKeyword) return false;
  return undefined;
}
