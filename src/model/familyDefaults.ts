import type { ModelFamily } from './modelConfig.js';

/** What a family's configuration class in Hugging Face transformers assumes for keys that are left out. */
export interface FamilyDefaults {
  readonly architecture: string;
  /** Null: as many as query heads. */
  readonly kvHeads: number | null;
  /** Null: hidden size / heads. */
  readonly headDim: number | null;
  readonly maxPositions: number;
  readonly ropeTheta: number;
  readonly tiedEmbeddings: boolean;
  readonly slidingWindow: number | null;
}

export const normEpsilonDefault = 1e-6;
export const maxWindowLayersDefault = 28;
export const noRopeLayerIntervalDefault = 4;

export const familyDefaults: Readonly<Record<ModelFamily, FamilyDefaults>> = {
  llama: {
    architecture: 'LlamaForCausalLM',
    kvHeads: null,
    headDim: null,
    maxPositions: 2048,
    ropeTheta: 10_000,
    tiedEmbeddings: false,
    slidingWindow: null,
  },
  mistral: {
    architecture: 'MistralForCausalLM',
    kvHeads: 8,
    headDim: null,
    maxPositions: 131_072,
    ropeTheta: 10_000,
    tiedEmbeddings: false,
    slidingWindow: 4096,
  },
  qwen2: {
    architecture: 'Qwen2ForCausalLM',
    kvHeads: 32,
    headDim: null,
    maxPositions: 32_768,
    ropeTheta: 10_000,
    tiedEmbeddings: false,
    slidingWindow: 4096,
  },
  qwen3: {
    architecture: 'Qwen3ForCausalLM',
    kvHeads: 32,
    headDim: 128,
    maxPositions: 32_768,
    ropeTheta: 10_000,
    tiedEmbeddings: false,
    slidingWindow: 4096,
  },
  smollm3: {
    architecture: 'SmolLM3ForCausalLM',
    kvHeads: 4,
    headDim: null,
    maxPositions: 32_768,
    ropeTheta: 2_000_000,
    tiedEmbeddings: true,
    slidingWindow: null,
  },
};
