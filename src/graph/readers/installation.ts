import type { Graph } from '../driver/graph';
import { defineQuery } from '../driver/query';

/** A document of PipesHub by which a connector is set up. */
export interface NamedKey {
  key: string;
  name: string | null;
}

const organizations = defineQuery<Record<string, never>, NamedKey>(
  'installation.organizations',
  `FOR organization IN organizations
     FILTER organization.isActive != false AND organization.isExternal != true
     SORT organization._key
     LIMIT 20
     RETURN { key: organization._key, name: organization.name }`,
  {},
);

const apps = defineQuery<Record<string, never>, NamedKey>(
  'installation.apps',
  `FOR app IN apps
     FILTER app.type == "Dropbox"
     SORT app._key
     LIMIT 20
     RETURN { key: app._key, name: app.name }`,
  {},
);

export interface Installation {
  organizations: NamedKey[];
  apps: NamedKey[];
}

/** The first organizations of the installation, and the first apps of type Dropbox: what a connector can be set up for. */
export async function readInstallation(graph: Graph): Promise<Installation> {
  return { organizations: await graph.run(organizations, {}), apps: await graph.run(apps, {}) };
}
