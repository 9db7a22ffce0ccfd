import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.WindowedSerdes;
import org.apache.kafka.streams.processor.TimestampExtractor;

/**
 * Counts events by key (the host that logged them) and 5-minute window of event time, exactly once.
 *
 * <p>Arguments: brokers, application, folder of state, topic of results, number of events after which it ends, which
 * fields of an event are read (all, or time: the key says the rest), then for each input TOPIC=FILE with the schema of
 * its events.
 */
public final class CountByHost {
    /** C3 01 and the fingerprint of the schema. */
    private static final int HEADER_BYTES = 10;
    private static final Duration SIZE = Duration.ofMinutes(5);
    private static final Duration GRACE = Duration.ofHours(1);

    private CountByHost() {}

    public static void main(String[] arguments) throws Exception {
        List<String> given = List.of(arguments);
        long total = Long.parseLong(given.get(4));
        AtomicLong counted = new AtomicLong();
        CountDownLatch done = new CountDownLatch(1);

        StreamsBuilder builder = new StreamsBuilder();
        boolean timeAlone = given.get(5).equals("time");
        for (String input : given.subList(6, given.size())) {
            String[] parts = input.split("=", 2);
            EventReader reader = new EventReader(new Schema.Parser().parse(Path.of(parts[1]).toFile()), timeAlone);
            Serde<GenericRecord> events = Serdes.serdeFrom(CountByHost::refuse, reader);
            builder.stream(parts[0], Consumed.with(Serdes.String(), events).withTimestampExtractor(new EventTime()))
                .peek((host, event) -> {
                    if (counted.incrementAndGet() == total) done.countDown();
                })
                .groupByKey()
                .windowedBy(TimeWindows.ofSizeAndGrace(SIZE, GRACE))
                .count()
                .toStream()
                .to(given.get(3), Produced.with(
                    WindowedSerdes.timeWindowedSerdeFrom(String.class, SIZE.toMillis()), Serdes.Long()));
        }
        Properties settings = new Properties();
        settings.putAll(Map.of(
            StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, given.get(0),
            StreamsConfig.APPLICATION_ID_CONFIG, given.get(1),
            StreamsConfig.STATE_DIR_CONFIG, given.get(2),
            StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2,
            StreamsConfig.REPLICATION_FACTOR_CONFIG, 1,
            ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest"));
        try (KafkaStreams streams = new KafkaStreams(builder.build(), settings)) {
            streams.start();
            done.await();
        }
        System.out.println(counted.get());
    }

    private static byte[] refuse(String topic, GenericRecord event) {
        throw new UnsupportedOperationException("Events are only read.");
    }

    private static final class EventReader implements Deserializer<GenericRecord> {
        private final GenericDatumReader<GenericRecord> reader;
        private BinaryDecoder decoder;

        EventReader(Schema writer, boolean timeAlone) {
            Schema time = new Schema.Parser().parse("""
                {"type":"record","name":"%s","namespace":"%s","fields":[{"name":"time","type":"long"}]}"""
                .formatted(writer.getName(), writer.getNamespace()));
            reader = new GenericDatumReader<>(writer, timeAlone ? time : writer);
        }

        @Override
        public GenericRecord deserialize(String topic, byte[] bytes) {
            try {
                decoder = DecoderFactory.get()
                    .binaryDecoder(bytes, HEADER_BYTES, bytes.length - HEADER_BYTES, decoder);
                return reader.read(null, decoder);
            } catch (java.io.IOException failure) {
                throw new java.io.UncheckedIOException(failure);
            }
        }
    }

    private static final class EventTime implements TimestampExtractor {
        @Override
        public long extract(ConsumerRecord<Object, Object> record, long partitionTime) {
            return (Long) ((GenericRecord) record.value()).get("time");
        }
    }
}
