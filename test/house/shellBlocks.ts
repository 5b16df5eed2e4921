/** The command lines in a markdown text's blocks marked `sh`, as words, without comments and pipes. */
export function shellCommands(markdown: string): string[][] {
  const blocks = [...markdown.matchAll(/^```sh\n(.*?)^```/gms)].map((match) => match[1] ?? '');
  return blocks
    .flatMap((block) => block.replaceAll('\\\n', ' ').split('\n'))
    .flatMap(commandsOfLine)
    .filter((words) => words.length > 0);
}

/** Splits at blanks, and at `&&`, `||`, `|`, `;` and `&` between commands; quotes hold a word together. */
function commandsOfLine(line: string): string[][] {
  const commands: string[][] = [[]];
  for (const match of line.matchAll(/#.*|"([^"]*)"|'([^']*)'|&&|\|\||[|;&]|[^\s|;&]+/g)) {
    const [text, double, single] = match;
    if (text.startsWith('#')) break;
    if (/^(&&|\|\||[|;&])$/.test(text)) commands.push([]);
    else commands.at(-1)?.push(double ?? single ?? text);
  }
  // NAME=value before a command belongs to its environment; `$` is a prompt.
  return commands.map((words) => words.slice(words.findIndex((word) => !/^(\$|[A-Z_]+=.*)$/.test(word))));
}
