import { expect, it } from 'vitest';
import config from '../../sapphire.config.ts';
import { readSituation } from '../../src/doctor/Situation.ts';
import { withoutSecrets } from '../../src/doctor/withoutSecrets.ts';

it('a finding shows no secret, whoever said it', () => {
  const { situation } = readSituation(config, {
    DISCORD_TOKEN: 'the.token',
    DB_PASSWORD: 'the.token.and.more',
    N8N_WEBHOOK_URL: 'http://127.0.0.1/',
    REDIS_URL: 'redis://:pass%20word@127.0.0.1/0',
  });
  const said = 'It said the.token, the.token.and.more and pass word.';
  const hidden = 'It said [secret], [secret] and [secret].';
  expect(withoutSecrets({ mark: 'broken', what: 'x', finding: said, cure: said }, situation)).toEqual({
    mark: 'broken',
    what: 'x',
    finding: hidden,
    cure: hidden,
  });
});
