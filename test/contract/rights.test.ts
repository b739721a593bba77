// The rights that belt names where a token lacks one are those of DigitalOcean's description.
import { describe, expect, it } from 'vitest';
import { rightsFor } from '../../src/cloud/rights.ts';
import { openApiIsHere, rightsIn } from './openapi.ts';

const ID = '3d80cb72-342b-4aaa-b92e-4e4abb24a933';

describe.skipIf(!openApiIsHere())('the right for', () => {
  it.each([
    'GET /v2/account',
    'GET /v2/account/keys',
    'POST /v2/account/keys',
    'GET /v2/droplets',
    'GET /v2/droplets/3164494',
    'DELETE /v2/droplets/3164494',
    'GET /v2/firewalls',
    'POST /v2/firewalls',
    `PUT /v2/firewalls/${ID}`,
    `DELETE /v2/firewalls/${ID}`,
    'GET /v2/images',
    'GET /v2/images/docker-20-04',
    'GET /v2/regions',
    'GET /v2/registries',
    'GET /v2/registries/acme/docker-credentials',
    'GET /v2/sizes',
    'POST /v2/tags',
    'POST /v2/tags/web/resources',
    'DELETE /v2/tags/web/resources',
    'GET /v2/vpc_nat_gateways',
    'GET /v2/vpcs',
    `GET /v2/vpcs/${ID}`,
    'POST /v2/vpcs',
    `DELETE /v2/vpcs/${ID}`,
  ])('%s', (request) => {
    const [method = '', path = ''] = request.split(' ');
    expect(rightsFor(method, path)).toEqual(rightsIn(method, path));
  });

  it('new droplets is another one besides: belt tags them', () => {
    expect(rightsFor('POST', '/v2/droplets')).toEqual([...rightsIn('POST', '/v2/droplets'), 'tag:create']);
  });

  it('what belt does not ask is not made up', () => {
    expect(rightsFor('GET', '/v2/dropletsandmore')).toEqual([]);
    expect(rightsFor('GET', '/v2/volumes')).toEqual([]);
  });
});
