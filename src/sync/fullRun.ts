import type { ConnectorDocument } from './connectorDocument';

/** Whether no full run has ended yet, with or without gaps. Until one has, everything that is read is new. */
export const isFirstRun = ({ fullRunAt, fullReadAt }: Pick<ConnectorDocument, 'fullRunAt' | 'fullReadAt'>): boolean =>
  fullRunAt === null && fullReadAt == null;
