// Licences ask that their words go along with what is bundled.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const isLicence = /^(licen[cs]e|notice|copying)\b/i;

function wordsOf(folder) {
  const files = readdirSync(folder).filter((name) => isLicence.test(name));
  return files.sort().map((name) => readFileSync(join(folder, name), 'utf8').trim());
}

function packageOf(input) {
  const at = input.lastIndexOf('node_modules/');
  if (at < 0) return null;
  const [scope, name] = input.slice(at + 'node_modules/'.length).split('/');
  return input.slice(0, at) + join('node_modules', scope.startsWith('@') ? join(scope, name) : scope);
}

/**
 * Packages with the same words share them.
 * @param inputs paths of the files that were bundled.
 * @throws Error for a package without a licence text.
 */
export function noticesOf(root, inputs) {
  const folders = [...new Set(inputs.map(packageOf).filter((folder) => folder !== null))].sort();
  const byWords = new Map();
  for (const folder of folders) {
    const { name, version } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const words = wordsOf(join(root, folder)).join('\n\n');
    if (words === '')
      throw new Error(`${name} brings no licence text: it has to be a dependency, not bundled`);
    byWords.set(words, [...(byWords.get(words) ?? []), `${name} ${version}`]);
  }
  const parts = [...byWords].map(([words, names]) => `${names.join(', ')}\n\n${words}\n`);
  return `kvtide comes with parts of these packages.\n\n${parts.join(`\n${'-'.repeat(79)}\n\n`)}`;
}

/** A comment at the head of the script of a report. */
export function pageNotices(root) {
  const words = (name, file) => readFileSync(join(root, 'node_modules', name, file), 'utf8').trim();
  const echarts = `${words('echarts', 'NOTICE')}\nApache License 2.0: https://www.apache.org/licenses/LICENSE-2.0`;
  return `/*! ${echarts}\n\nZRender\n${words('zrender', 'LICENSE')}\n*/`;
}
