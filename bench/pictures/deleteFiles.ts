/** What the simulator says about itself. */
export interface Info {
  app_key: string;
  app_secret: string;
  refresh_token: string;
  admin: { email: string; team_member_id: string };
}

/** Deletes files of the admin's folders. */
export async function deleteFiles(dropbox: string, number: number): Promise<void> {
  const { app_key, app_secret, refresh_token, admin } = (await (await fetch(`${dropbox}/sandbox/info`)).json()) as Info;
  const form = { grant_type: 'refresh_token', refresh_token, client_id: app_key, client_secret: app_secret };
  const token = await fetch(`${dropbox}/oauth2/token`, { method: 'POST', body: new URLSearchParams(form) });
  const { access_token } = (await token.json()) as { access_token: string };
  const call = async <T>(route: string, body: object): Promise<T> => {
    const answer = await fetch(`${dropbox}/2/${route}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${access_token}`,
        'content-type': 'application/json',
        'dropbox-api-select-user': admin.team_member_id,
      },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${route} answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  const { entries } = await call<{ entries: { '.tag': string; path_lower: string }[] }>('files/list_folder', {
    path: '',
    recursive: true,
  });
  for (const { path_lower } of entries.filter((entry) => entry['.tag'] === 'file').slice(0, number)) {
    await call('files/delete_v2', { path: path_lower });
  }
}
