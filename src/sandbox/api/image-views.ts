// The JSON of images and snapshots in answers.
import type { Image } from '../catalogue/images.ts';

export function imageView(image: Image): object {
  return {
    id: image.id,
    name: image.name,
    distribution: image.distribution,
    slug: image.slug,
    public: image.public,
    regions: image.regions,
    created_at: image.createdAt,
    type: image.type,
    min_disk_size: image.minDiskSize,
    size_gigabytes: image.sizeGigabytes,
    description: image.description,
    tags: [],
    status: 'available',
    error_message: '',
  };
}

export function snapshotView(image: Image): object {
  return {
    id: image.id,
    name: image.name,
    type: 'snapshot',
    created_at: image.createdAt,
    regions: image.regions,
    min_disk_size: image.minDiskSize,
    size_gigabytes: image.sizeGigabytes,
  };
}

/** A snapshot as the list of all of an account has it. */
export function accountSnapshotView(image: Image): object {
  const { id, type, ...view } = snapshotView(image) as { id: number; type: string };
  return { ...view, id: String(id), resource_id: String(image.dropletId), resource_type: 'droplet', tags: [] };
}
