export interface Choice<T> {
  readonly label: string;
  readonly value: T;
}

/** Fills a select; `chosen` is told when another one is chosen. */
export function fillChoice<T>(
  select: HTMLSelectElement,
  choices: readonly Choice<T>[],
  { first, chosen }: { readonly first: number; readonly chosen: (value: T) => void },
): void {
  for (const { label } of choices) select.add(new Option(label));
  select.selectedIndex = first;
  select.addEventListener('change', () => {
    const choice = choices[select.selectedIndex];
    if (choice !== undefined) chosen(choice.value);
  });
}
