import { attentionDefaults } from '../core/attentionMode.js';
import { defaultStepsInFlight, speculations } from '../decode/generate.js';
import { attentionKinds } from './attentionKinds.js';
import { flag } from './flag.js';
import { decimal, maybeEmptyText, oneOf, text, whole, yesNo } from './settingValues.js';

/** What is computed: the model, its input and how it goes on. */
export const runSettings = {
  model: flag(text().optional(), '<dir>', 'checkpoint folder in the Hugging Face layout'),
  kvConfig: flag(
    text().optional(),
    '<file>',
    'instead of --model: JSON with the shape of pages that others compute, to store them',
  ),
  prompt: flag(maybeEmptyText().optional(), '<text>', 'text to continue'),
  promptFile: flag(text().optional(), '<file>', 'file whose text is continued'),
  promptBytes: flag(whole(1).optional(), '<n>', 'use only the first n bytes of --prompt-file'),
  tokensFile: flag(text().optional(), '<file>', 'JSON array of token ids to continue'),
  maxTokens: flag(whole(1).default(64), '<n>', 'tokens to generate at most'),
  temperature: flag(decimal(0, 100).default(0), '<t>', '0 is greedy'),
  seed: flag(
    whole(0).default(0),
    '<n>',
    'seed of what is drawn: tokens, or a synthetic trace; equal seeds give equal results',
  ),
  ignoreEos: flag(yesNo().default(false), null, 'go on past the end-of-text tokens'),
  traceSteps: flag(yesNo().default(false), null, 'a line for every step: what it took and waited for'),
  topLogits: flag(whole(0, 1_000_000).default(0), '<k>', 'report the k highest logits of every step'),
  speculate: flag(
    oneOf(speculations).default('none'),
    '<none|ngram>',
    'verify tokens proposed from the text so far in one step: the same tokens in fewer steps',
  ),
  attention: flag(
    oneOf(attentionKinds).default('exact'),
    '<mode>',
    'what decode steps read of full layers: exact, or an approximation by sinks, top-pages or heavy-hitters',
  ),
  attentionShare: flag(
    decimal(0.0001, 1).optional(),
    '<share>',
    `with top-pages and heavy-hitters: the share of the pages that is read; ${attentionDefaults.share}`,
  ),
  attentionSinks: flag(
    whole(0).optional(),
    '<tokens>',
    `with sinks: first tokens whose pages are read; ${attentionDefaults.sinkTokens}`,
  ),
  attentionWindow: flag(
    whole(1).optional(),
    '<tokens>',
    `with sinks: last tokens whose pages are read; ${attentionDefaults.windowTokens}`,
  ),
  stepsInFlight: flag(whole(1, 64).default(defaultStepsInFlight), '<n>', 'prefill steps under way at once'),
};
