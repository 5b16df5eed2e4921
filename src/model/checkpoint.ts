import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { KvError } from '../core/errors.js';
import type { LayerRange } from '../core/layerRange.js';
import { checkConfigFile, checkGenerationFile } from './configSchema.js';
import { checkWeightDtype, decodeFloats, type WeightDtype, weightBytes } from './floatDecoding.js';
import { readJsonFile } from './jsonFile.js';
import type { ModelConfig } from './modelConfig.js';
import { tensorsOf } from './modelTensors.js';
import { parseConfig } from './parseConfig.js';
import type { TensorEntry } from './safetensorsHeader.js';
import { TensorFiles } from './tensorFiles.js';

/** A tensor as it is stored, for tables that are widened row by row. */
export interface StoredTensor {
  readonly dtype: WeightDtype;
  readonly bytes: Uint8Array;
}

/**
 * The config of a checkpoint folder alone; its weights may be elsewhere.
 * @throws KvError that names the file and what is wrong or unsupported in it.
 */
export function readModelConfig(folder: string): ModelConfig {
  if (!existsSync(folder)) throw new KvError('notFound', `model folder ${folder} does not exist`);
  if (!statSync(folder).isDirectory())
    throw new KvError('invalid', `${folder} is a file; give a model folder`);
  const path = join(folder, 'config.json');
  const generationPath = join(folder, 'generation_config.json');
  const file = checkConfigFile(readJsonFile(path), path);
  const generation = existsSync(generationPath)
    ? checkGenerationFile(readJsonFile(generationPath), generationPath)
    : {};
  return parseConfig(file, generation, path);
}

/** An opened Hugging Face checkpoint folder. */
export class Checkpoint {
  readonly folder: string;
  readonly config: ModelConfig;
  readonly files: TensorFiles;

  private constructor(folder: string, config: ModelConfig, files: TensorFiles) {
    this.folder = folder;
    this.config = config;
    this.files = files;
  }

  /** @throws KvError that names the file or tensor and what is wrong with it. */
  static open(folder: string): Checkpoint {
    const config = readModelConfig(folder);
    const files = TensorFiles.open(folder);
    const checkpoint = new Checkpoint(folder, config, files);
    try {
      checkpoint.#checkTensors({ from: 0, to: config.layers.length });
    } catch (error) {
      files.close();
      throw error;
    }
    return checkpoint;
  }

  /** Reads a tensor as float32 into `into`, whose length is the tensor's. */
  readFloats(name: string, into: Float32Array): void {
    const dtype = this.#dtypeOf(name);
    let done = 0;
    this.files.read(name, (piece) => {
      const count = piece.byteLength / weightBytes(dtype);
      decodeFloats(dtype, piece, into.subarray(done, done + count));
      done += count;
    });
  }

  /** Reads a tensor as it is stored. */
  readStored(name: string): StoredTensor {
    const dtype = this.#dtypeOf(name);
    const bytes = new Uint8Array(this.files.entry(name)?.bytes ?? 0);
    let done = 0;
    this.files.read(name, (piece) => {
      bytes.set(piece, done);
      done += piece.byteLength;
    });
    return { dtype, bytes };
  }

  close(): void {
    this.files.close();
  }

  #dtypeOf(name: string): WeightDtype {
    return checkWeightDtype(this.files.entry(name)?.dtype ?? 'missing', `${this.folder}: tensor ${name}`);
  }

  #checkTensors(layers: LayerRange): void {
    for (const { name, shape } of tensorsOf(this.config, layers)) {
      const entry: TensorEntry | undefined = this.files.entry(name);
      if (entry === undefined) throw new KvError('invalid', `${this.folder}: tensor ${name} is missing`);
      if (entry.shape.join() !== shape.join()) {
        throw new KvError(
          'invalid',
          `${this.folder}: tensor ${name} has shape [${entry.shape.join(', ')}]; expected [${shape.join(', ')}]`,
        );
      }
      this.#dtypeOf(name);
    }
  }
}
