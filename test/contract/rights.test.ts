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
    'GET /v2/tags/web',
    'GET /v2/vpc_nat_gateways',
    'GET /v2/vpcs',
    `GET /v2/vpcs/${ID}`,
    'POST /v2/vpcs',
    `DELETE /v2/vpcs/${ID}`,
  ])('%s', (request) => {
    const [method = '', path = ''] = request.split(' ');
    expect(rightsFor({ method, path })).toEqual(rightsIn(method, path));
  });

  it.each(['POST', 'DELETE'])('%s of a tag is one of the droplet besides', (method) => {
    const path = '/v2/tags/web/resources';
    expect(rightsFor({ method, path })).toEqual([...rightsIn(method, path), 'droplet:update']);
  });

  it('a list by tag is that of tags besides', () => {
    const request = { method: 'GET', path: '/v2/droplets', query: { tag_name: 'belt', page: 1 } };
    expect(rightsFor(request)).toEqual(['droplet:read', 'tag:read']);
    expect(rightsFor({ ...request, query: { tag_name: '', page: 1 } })).toEqual(['droplet:read']);
  });

  it('new droplets are those of what the request names besides', () => {
    const request = { method: 'POST', path: '/v2/droplets' };
    const body = { names: ['a'], image: 'docker-20-04', ssh_keys: [1], tags: ['belt'], vpc_uuid: ID };
    expect(rightsFor({ ...request, body })).toEqual([
      ...rightsIn('POST', '/v2/droplets'),
      ...['image:read', 'ssh_key:read', 'tag:create', 'vpc:read'],
    ]);
    expect(rightsFor({ ...request, body: { image: 1, ssh_keys: [] } })).toEqual(['droplet:create', 'image:read']);
  });

  it('a firewall is those of its tags and droplets besides', () => {
    const request = { method: 'PUT', path: `/v2/firewalls/${ID}` };
    expect(rightsFor({ ...request, body: { tags: ['belt'], droplet_ids: [1] } })).toEqual([
      'firewall:update',
      'tag:read',
      'droplet:read',
    ]);
    expect(rightsFor({ ...request, body: { tags: [] } })).toEqual(['firewall:update']);
  });

  it('what belt does not ask is not made up', () => {
    expect(rightsFor({ method: 'GET', path: '/v2/dropletsandmore' })).toEqual([]);
    expect(rightsFor({ method: 'GET', path: '/v2/volumes' })).toEqual([]);
  });
});
