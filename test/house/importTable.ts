/**
 * Reads the table of CONTRIBUTING.md: which folders of src each folder may import. A row may stand for
 * several folders; "nothing" is none, "all but X" every folder of the table but X.
 */
export function importTable(markdown: string): Map<string, Set<string>> {
  const lines = markdown.split('\n');
  const start = lines.indexOf('| folder | may import |');
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'));
  if (start < 0 || end < 0) throw new Error('CONTRIBUTING.md has no import table');
  const rows = lines.slice(start + 2, end).map((line) => {
    const [folders = '', may = ''] = line.split('|').slice(1, 3);
    return { folders: words(folders), may: may.trim() };
  });
  const all = rows.flatMap(({ folders }) => folders);
  const table = new Map<string, Set<string>>();
  for (const { folders, may } of rows) {
    for (const folder of folders) table.set(folder, new Set(allowed(may, folder, all)));
  }
  return table;
}

function allowed(may: string, folder: string, all: readonly string[]): readonly string[] {
  if (may === 'nothing') return [];
  const except = /^all but (\w+)$/.exec(may)?.[1];
  if (except !== undefined) return all.filter((name) => name !== except && name !== folder);
  const named = words(may);
  const unknown = named.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new Error(`the import table names "${unknown}", which has no row`);
  return named;
}

function words(text: string): string[] {
  return text.split(',').map((word) => word.trim());
}
