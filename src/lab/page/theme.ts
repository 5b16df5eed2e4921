/** Colours of the page's style as it is now, light or dark. */
export interface Theme {
  readonly text: string;
  readonly quiet: string;
  readonly line: string;
  readonly panel: string;
  readonly back: string;
  readonly font: string;
  /** Of policies, to be told apart by people who see few colours too. */
  readonly policies: readonly string[];
  /** From strong to faint. */
  readonly steps: readonly string[];
}

export function themeNow(): Theme {
  const style = getComputedStyle(document.documentElement);
  const value = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    text: value('text'),
    quiet: value('quiet'),
    line: value('line'),
    panel: value('panel'),
    back: value('back'),
    font: getComputedStyle(document.body).fontFamily,
    policies: value('policies').split(/\s+/),
    steps: value('steps').split(/\s+/),
  };
}
