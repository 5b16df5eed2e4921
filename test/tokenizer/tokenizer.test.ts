import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { openTokenizer } from '../../src/tokenizer/openTokenizer.js';
import type { Tokenizer } from '../../src/tokenizer/tokenizer.js';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function folderWith(files: Readonly<Record<string, unknown>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'kvtide-tokenizer-'));
  folders.push(folder);
  for (const [name, value] of Object.entries(files)) {
    writeFileSync(join(folder, name), typeof value === 'string' ? value : JSON.stringify(value));
  }
  return folder;
}

/** The printable stand-ins of GPT-2's byte-level alphabet. */
function byteAlphabet(): string[] {
  const printable = (byte: number): boolean =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    if (printable(byte)) return String.fromCharCode(byte);
    next += 1;
    return String.fromCharCode(next - 1);
  });
}

/** Byte-level BPE with one merge, and a start token put in front by its post-processor. */
function bytePairFiles() {
  const vocab = Object.fromEntries([...byteAlphabet(), 'he'].map((text, id) => [text, id]));
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  return {
    'tokenizer.json': {
      version: '1.0',
      added_tokens: [
        {
          id: 257,
          content: '<s>',
          special: true,
          lstrip: false,
          rstrip: false,
          normalized: false,
          single_word: false,
        },
      ],
      normalizer: null,
      pre_tokenizer: byteLevel,
      post_processor: {
        type: 'TemplateProcessing',
        single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
        pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
        special_tokens: { '<s>': { id: '<s>', ids: [257], tokens: ['<s>'] } },
      },
      decoder: byteLevel,
      model: { type: 'BPE', vocab, merges: ['h e'], unk_token: null, fuse_unk: false, byte_fallback: false },
    },
    'tokenizer_config.json': { tokenizer_class: 'PreTrainedTokenizerFast' },
  };
}

const bytes = openTokenizer(folderWith({}), 256);
const file = openTokenizer(folderWith(bytePairFiles()), 258);

function streamed(tokenizer: Tokenizer, tokens: readonly number[]): string[] {
  const stream = tokenizer.stream();
  return [...tokens.map((token) => stream.push(token)), stream.end()];
}

describe('bytes', () => {
  it('are tokens, without a start token', () => {
    expect(bytes.kind).toBe('bytes');
    expect(bytes.encode('aé')).toEqual([97, 0xc3, 0xa9]);
    expect(bytes.encode(Uint8Array.of(0xff, 0))).toEqual([0xff, 0]);
    expect(bytes.decode([97, 0xc3, 0xa9])).toBe('aé');
  });
});

describe('tokenizer.json', () => {
  it('adds the special tokens of its post-processor and leaves them out of text', () => {
    expect(file.kind).toBe('file');
    expect(file.encode('he!')).toEqual([257, 256, '!'.charCodeAt(0)]);
    expect(file.decode(file.encode('he said: "café" 🙂'))).toBe('he said: "café" 🙂');
    expect(file.decode([])).toBe('');
  });

  it('leaves out a character that the bytes cut off, and refuses what is no UTF-8', () => {
    const cut = Buffer.from('né').subarray(0, 2);
    expect(file.encode(cut)).toEqual(file.encode('n'));
    expect(() => file.encode(Uint8Array.of(0xff, 0x41))).toThrow('not UTF-8');
  });

  it.each([
    ['broken JSON', '{"model": ', 'no JSON'],
    ['an unknown model', { model: { type: 'Other' }, added_tokens: [] }, 'cannot be used'],
    ['a number', '7', 'no object'],
  ])('%s is refused with the file named', (_, content, message) => {
    const folder = folderWith({ 'tokenizer.json': content });
    expect(() => openTokenizer(folder, 256)).toThrow(message);
    expect(() => openTokenizer(folder, 256)).toThrow(join(folder, 'tokenizer.json'));
  });
});

describe.each([
  ['bytes', bytes],
  ['tokenizer.json', file],
])('streams of %s', (_, tokenizer) => {
  it('add up to the whole text and never split a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (text) => {
        const pieces = streamed(tokenizer, tokenizer.encode(text));
        expect(pieces.join('')).toBe(text);
        for (const piece of pieces) expect(Buffer.from(piece).toString()).toBe(piece);
      }),
    );
  });

  it('hold back half a character until it is whole or the stream ends', () => {
    const tokens = tokenizer.encode('é').slice(-2);
    expect(streamed(tokenizer, tokens)).toEqual(['', 'é', '']);
    expect(streamed(tokenizer, tokens.slice(0, 1))).toEqual(['', '\uFFFD']);
  });
});

it('a model without tokenizer refuses texts and gives no text', () => {
  const none = openTokenizer(folderWith({}), 1000);
  expect(none.kind).toBe('none');
  expect(() => none.encode('a')).toThrow('no tokenizer.json');
  expect(none.decode([1, 2])).toBeNull();
  expect(streamed(none, [1])).toEqual(['', '']);
});
