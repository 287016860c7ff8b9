import { list, string, struct, tags, withDefault } from '../schema';

export const featuresGetValues = struct({
  features: list(tags('paper_as_files', 'file_locking', 'team_shared_dropbox', 'distinct_member_home')),
});
export const echo = struct({ query: withDefault(string({ max: 500 }), '') });
