import { one } from './companyWorld';
import { fileOperations } from './fileOperations';
import type { Operation } from './operation';
import { sharingOperations } from './sharingOperations';
import { groupOperations, memberOperations, teamFolderOperations } from './teamOperations';

/** `delayEvents` lets no audit event appear later than this, s. */
export const LATEST_EVENT = 600;

/** Disturbances of a client of the API, without a change in the company. */
const disturbances: Record<string, Operation> = {
  delayEvents: { weight: 1, run: ({ company }, { a }) => company.log.delay(a % LATEST_EVENT) },
  resetEventCursors: { weight: 0.4, run: ({ company }) => company.log.reset() },
  resetFolderCursors: {
    weight: 1,
    run: (world, { a, b }) => world.company.resetCursors(b % 6 === 0 ? undefined : one(world.namespaces, a).id),
  },
};

/** A seed determines a sequence of operations only as long as their order and weights stay the same. */
export const operations: Readonly<Record<string, Operation>> = {
  ...fileOperations,
  ...memberOperations,
  ...groupOperations,
  ...teamFolderOperations,
  ...sharingOperations,
  ...disturbances,
};
