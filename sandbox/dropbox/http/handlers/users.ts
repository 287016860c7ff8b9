import type { users } from 'dropbox';
import { endpointError } from '../errors';
import type { UserCall } from '../route';
import { teamSpace } from '../teamSpace';

export function featuresGetValues(
  call: UserCall,
  arg: { features: users.UserFeature[] },
): users.UserFeaturesGetValuesBatchResult {
  if (arg.features.length === 0) throw endpointError({ '.tag': 'empty_features_list' });
  return { values: arg.features.map((feature) => featureValue(call, feature)) };
}

function featureValue(call: UserCall, feature: users.UserFeature): users.UserFeatureValue {
  const { hasSharedRoot, hasDistinctHomes } = teamSpace(call.company, call.actor.account);
  switch (feature['.tag']) {
    case 'paper_as_files':
      return { '.tag': 'paper_as_files', paper_as_files: { '.tag': 'enabled', enabled: true } };
    case 'file_locking':
      return { '.tag': 'file_locking', file_locking: { '.tag': 'enabled', enabled: true } };
    case 'team_shared_dropbox':
      return { '.tag': 'team_shared_dropbox', team_shared_dropbox: { '.tag': 'enabled', enabled: hasSharedRoot } };
    case 'distinct_member_home':
      return { '.tag': 'distinct_member_home', distinct_member_home: { '.tag': 'enabled', enabled: hasDistinctHomes } };
    case 'other':
      return { '.tag': 'other' };
  }
}
