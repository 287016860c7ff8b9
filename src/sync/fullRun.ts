import type { ConnectorDocument } from './documents';

/** Whether no full run has ended yet, with gaps or without: until then, everything that is read is new. */
export const isFirstRun = ({ fullRunAt, fullReadAt }: Pick<ConnectorDocument, 'fullRunAt' | 'fullReadAt'>): boolean =>
  fullRunAt === null && fullReadAt == null;
