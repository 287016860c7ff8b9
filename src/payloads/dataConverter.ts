import type { KeyObject } from 'node:crypto';
import type { DataConverter } from '@temporalio/common';
import { EncryptionCodec } from './codec';

/** The converter of workers and clients. Without a key it encrypts nothing, and refuses what is encrypted. */
export const dataConverterOf = (keys: readonly KeyObject[]): DataConverter => ({
  payloadCodecs: [new EncryptionCodec(keys)],
  // Temporal's SDK loads it into workflows as well.
  ...(keys.length > 0 ? { failureConverterPath: require.resolve('./failureConverter') } : {}),
});
