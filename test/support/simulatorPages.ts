/** What a simulator says of its company, under /sandbox/info. */
export interface SandboxInfo {
  app_key: string;
  app_secret: string;
  refresh_token: string;
  admin: { team_member_id: string; email: string };
}

/** Calls that a simulator has answered since the last reset, under /sandbox/stats. */
export interface CallCounts {
  total: number;
  calls: Record<string, number>;
}

/** The answer of a page of a simulator under /sandbox. With a body, the request is a POST. */
export async function simulatorPage<T>(url: string, name: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${url}/sandbox/${name}`, {
    ...(body === undefined
      ? {}
      : { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  if (!answer.ok) throw new Error(`/sandbox/${name} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** The app of a simulator and its token, as a new connector takes them. */
export async function simulatorApp(url: string): Promise<Record<'appKey' | 'appSecret' | 'refreshToken', string>> {
  const { app_key, app_secret, refresh_token } = await simulatorPage<SandboxInfo>(url, 'info');
  return { appKey: app_key, appSecret: app_secret, refreshToken: refresh_token };
}
