-- Spreads communes over the machines of a Citus cluster. Run once on the coordinator, in a database that
-- `diaba serve` has just made its tables in, before the first commune enrols. NOT RUN by the project's tests.
BEGIN;
CREATE EXTENSION IF NOT EXISTS citus;

-- Small tables that every machine needs in full.
SELECT create_reference_table(name) FROM unnest(ARRAY[
    'server_facts', 'enrolment_codes', 'devices', 'nonces', 'tokens', 'incidents',
    'people', 'browser_sessions', 'person_actions', 'quarter_deadlines']) AS name;

-- The partitions by hash are of no use where shards do their work: the empty tables are made again without them.
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['packages', 'taken_changes', 'attachments', 'records', 'versions'] LOOP
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', name || '_whole', name);
        EXECUTE format('DROP TABLE %I', name);
        EXECUTE format('ALTER TABLE %I RENAME TO %I', name || '_whole', name);
    END LOOP;
END $$;

-- All of a commune lies on one machine, so that a package is taken in one local transaction.
SELECT create_distributed_table('commune_sequences', 'commune_code', shard_count => 64);
SELECT create_distributed_table(name, 'commune_code', colocate_with => 'commune_sequences') FROM unnest(ARRAY[
    'packages', 'taken_changes', 'attachments', 'records', 'versions',
    'uploads', 'refused_packages', 'commune_boundaries', 'remarks',
    'package_figures', 'silence_reasons', 'device_replacements']) AS name;
COMMIT;
