import type { KeyObject } from 'node:crypto';
import type { DataConverter } from '@temporalio/common';
import { EncryptionCodec } from './codec';
import { ReadableCodec } from './readableCodec';

/** The converter of clients. Without a key it encrypts nothing, and refuses what is encrypted. */
export const dataConverterOf = (keys: readonly KeyObject[]): DataConverter => ({
  payloadCodecs: [new EncryptionCodec(keys)],
  // Temporal's SDK loads it into workflows as well.
  ...(keys.length > 0 ? { failureConverterPath: require.resolve('./failureConverter') } : {}),
});

/** The converter of workers: that of clients, and it takes any payload that is sent to a workflow. */
export const workerDataConverterOf = (keys: readonly KeyObject[]): DataConverter => {
  const { payloadCodecs = [], ...others } = dataConverterOf(keys);
  // What is encrypted is decrypted first: the last codec decodes first.
  return { ...others, payloadCodecs: [new ReadableCodec(), ...payloadCodecs] };
};
