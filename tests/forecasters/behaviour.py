"""What every forecaster has to do, whatever its model. A test class takes it along and says which program it is."""

import dataclasses

import grpc
import numpy as np
from grpc_health.v1 import health_pb2

import demand
from contract import MAX_VALUES, messages, services
from demand import DAY
from harness.polling import eventually
from program import LEAD, QUANTILES, Program, all_at_once, fit_request, matrix, predict_request, seconds

HISTORY_DAYS = 21
JUDGED_DAYS = 2
Code = grpc.StatusCode


class Behaviour:
    name = ""  # of the example
    most_error = 1.0  # at the lead, of the best naive one's

    @classmethod
    def setUpClass(cls):
        cls.minutes = demand.seasonal(HISTORY_DAYS + JUDGED_DAYS + 1)
        cls.history = cls.minutes.until(HISTORY_DAYS * DAY).every(300)
        cls.recent = cls.minutes.until(HISTORY_DAYS * DAY).tail(7200)
        cls.program = Program(cls.name)
        cls.addClassCleanup(lambda: cls.program.close())
        cls.program.learn(cls.history)

    def setUp(self):
        self.assertTrue(self.program.is_alive(), self.program.log()[-4000:])

    def start(self, *arguments, **options):
        program = Program(self.name, *arguments, **options)
        self.addCleanup(program.close)
        return program

    def assert_sound(self, response, count):
        """Finite, in order, nothing below zero, the median where it says."""
        rows, expected = matrix(response), np.array([point.expected for point in response.path])
        self.assertEqual(rows.shape, (count, len(QUANTILES)))
        self.assertTrue(np.isfinite(rows).all() and np.isfinite(expected).all(), response)
        self.assertTrue((rows >= 0).all() and (np.diff(rows, axis=1) >= 0).all(), rows)
        np.testing.assert_allclose(expected, rows[:, 0])  # QUANTILES begins with the median

    def errors(self, program, minutes, service="chat", every=1200):
        """Absolute errors at the lead and those of naive ones, and the share that the 0.9 quantile covers."""
        errors, covered, demands = {"model": [], "last value": [], "yesterday": [], "mean": []}, [], []
        mean = np.nanmean(minutes.until(HISTORY_DAYS * DAY).values)
        for now in range(HISTORY_DAYS * DAY, (HISTORY_DAYS + JUDGED_DAYS) * DAY, every):
            actual = minutes.at(now + LEAD)
            recent = minutes.until(now).tail(max(7200, min(DAY, now - HISTORY_DAYS * DAY)))
            point = program.predict(recent, service=service, step=LEAD).path[-1]
            demands.append(actual)
            errors["model"].append(abs(point.expected - actual))
            errors["last value"].append(abs(minutes.at(now) - actual))
            errors["yesterday"].append(abs(minutes.at(now + LEAD - DAY) - actual))
            errors["mean"].append(abs(mean - actual))
            covered.append(actual <= point.quantiles[1])
        wape = {name: float(sum(values) / sum(demands)) for name, values in errors.items()}
        return wape, np.mean(covered)

    def test_path_has_one_point_for_each_step(self):
        now = self.recent.start + self.recent.step * (len(self.recent.values) - 1)
        for step, offsets in ((60, range(60, 901, 60)), (900, [900]), (400, [400, 800, 900]), (3600, [900])):
            with self.subTest(step=step):
                response = self.program.predict(self.recent, step=step)
                self.assertEqual([seconds(point.at) - now for point in response.path], list(offsets))
                self.assert_sound(response, len(response.path))
                self.assertTrue(response.model)
        longest = self.program.predict(self.recent, horizon=900, step=1)
        self.assertEqual(len(longest.path), 900)

    def test_error_at_the_lead_is_well_below_the_naive_ones(self):
        wape, covered = self.errors(self.program, self.minutes)
        naive = min(value for name, value in wape.items() if name != "model")
        print("\n     ", ", ".join(f"{name} {value:.4f}" for name, value in wape.items()), f"; the 0.9 quantile covers {covered:.3f}")
        self.assertLess(wape["model"], self.most_error * naive, wape)
        self.assertGreater(covered, 0.78)
        self.assertLess(covered, 0.99)

    def test_gaps_in_history_and_now_do_no_harm(self):
        minutes = demand.with_gaps(self.minutes)
        # Known where it is judged.
        values = np.where(np.arange(len(minutes.values)) > HISTORY_DAYS * DAY // 60, self.minutes.values, minutes.values)
        minutes = dataclasses.replace(minutes, values=values)
        self.program.learn(minutes.until(HISTORY_DAYS * DAY).every(300), service="gaps")
        # Each tells what it was, as the naive ones need all of it.
        wape, _ = self.errors(self.program, dataclasses.replace(minutes, values=np.where(np.isnan(values), self.minutes.values, values)),
                              "gaps", every=3600)
        self.assertLess(wape["model"], min(wape["last value"], wape["mean"]), wape)
        blind = self.recent.values.copy()
        for unknown in (slice(-20, None), slice(0, 60), slice(None)):
            blind[unknown] = np.nan
            response = self.program.predict(dataclasses.replace(self.recent, values=blind), service="gaps")
            self.assert_sound(response, 15)

    def test_demand_that_never_moves(self):
        for service, level in (("nothing", 0.0), ("constant", 50.0)):
            with self.subTest(service=service):
                part = demand.of_minutes(np.full(7 * DAY // 60, level))
                self.program.learn(part.every(300), service=service)
                response = self.program.predict(part.tail(7200), service=service)
                self.assert_sound(response, 15)
                self.assertAlmostEqual(response.path[-1].expected, level, delta=0.5)

    def test_two_series_at_once_are_two_series(self):
        parts = {f"level-{factor}": demand.seasonal(HISTORY_DAYS, seed=factor, factor=factor) for factor in (1, 10)}
        all_at_once([lambda s=s, p=p: self.program.fit(p.every(300), service=s) for s, p in parts.items()])
        for service, part in parts.items():
            self.program.await_learned(part.tail(7200), service=service)
        names = list(parts) * 8
        answers = all_at_once([lambda s=s: self.program.predict(parts[s].tail(7200), service=s) for s in names])
        for service, answer in zip(names, answers):
            self.assert_sound(answer, 15)
            usual = parts[service].values[-1]  # of midnight, when little changes
            self.assertLess(abs(answer.path[-1].expected - usual), 0.5 * usual, service)

    def test_absurd_fits_are_invalid(self):
        def absurd(**fields):
            request = fit_request(fields.pop("history", self.history), service="absurd")
            for field, value in fields.items():
                if field in ("quantiles",):
                    del request.quantiles[:]
                    request.quantiles.extend(value)
                elif isinstance(value, str):
                    setattr(request, field, value)
                else:
                    getattr(request, field).CopyFrom(value)
            return request

        def values(*some):
            return dataclasses.replace(self.history, values=np.concatenate([self.history.values, some]))

        duration = type(messages.FitRequest().horizon)
        far = messages.Samples(values=self.history.values)
        far.start.seconds, far.step.seconds = 2**40, 300
        requests = {
            "series.namespace": absurd(series=messages.Series(service="chat")),
            "series.service": absurd(series=messages.Series(namespace="prod", service="x" * 300)),
            "history.values": absurd(history=dataclasses.replace(self.history, values=np.empty(0))),
            f"history.values[{len(self.history.values)}]": absurd(history=values(-1.0)),
            f"history.values[{len(self.history.values) + 1}]": absurd(history=values(1.0, np.inf)),
            "history.step": absurd(history=dataclasses.replace(self.history, step=0)),
            "history.start": absurd(history=dataclasses.replace(self.history, start=-1)),
            "history.start: ": absurd(**{"history": self.history}),
            "history: ": absurd(history=self.history.tail(3600)),
            "time_zone": absurd(time_zone="Europe/Atlantis"),
            "time_zone: ": absurd(time_zone="../../../etc/passwd"),
            "horizon": absurd(horizon=duration()),
            "horizon: ": absurd(horizon=duration(seconds=10**10)),
            "quantiles": absurd(quantiles=[0.9, 0.5]),
            "quantiles: ": absurd(quantiles=[0.0, 1.0]),
            "quantiles: have": absurd(quantiles=[float("nan")]),
            "quantiles: are": absurd(quantiles=[(i + 1) / 1000 for i in range(900)]),
        }
        requests["history.start: "].history.CopyFrom(far)
        for field, request in requests.items():
            with self.subTest(field=field):
                error = self.program.refusal(lambda request=request: self.program.stub.Fit(request, timeout=10))
                self.assertEqual(error.code(), Code.INVALID_ARGUMENT, error.details())
                self.assertTrue(error.details().startswith(field), error.details())
        unknown = self.program.refusal(lambda: self.program.predict(self.recent, service="absurd"))
        self.assertEqual(unknown.code(), Code.NOT_FOUND)

    def test_absurd_predictions_are_invalid(self):
        asked = {
            "recent.values": {"recent": dataclasses.replace(self.recent, values=np.empty(0))},
            "recent.values[0]": {"recent": dataclasses.replace(self.recent, values=np.array([-5.0]))},
            "recent.step": {"recent": dataclasses.replace(self.recent, step=-60)},
            "horizon": {"horizon": 0},
            "horizon: ": {"horizon": 10**9},
            "step": {"step": 0},
            "step: a path of": {"horizon": 86_400, "step": 1},
            "quantiles": {"quantiles": (0.5, 1.5)},
        }
        for field, fields in asked.items():
            with self.subTest(field=field):
                error = self.program.refusal(lambda fields=fields: self.program.predict(fields.pop("recent", self.recent), **fields))
                self.assertEqual(error.code(), Code.INVALID_ARGUMENT, error.details())
                self.assertTrue(error.details().startswith(field), error.details())

    def test_what_was_not_learned_wants_another_fit(self):
        for fields in ({"horizon": 2 * LEAD}, {"quantiles": (0.25,)}, {"unit": "requests in flight"}):
            with self.subTest(fields=fields):
                error = self.program.refusal(lambda fields=fields: self.program.predict(self.recent, **fields))
                self.assertEqual(error.code(), Code.FAILED_PRECONDITION)
                self.assertIn("send Fit", error.details())

    def test_too_large_a_message_is_refused_unread(self):
        large = dataclasses.replace(self.history, values=np.ones(2 * MAX_VALUES))
        error = self.program.refusal(lambda: self.program.fit(large))
        self.assertEqual(error.code(), Code.RESOURCE_EXHAUSTED)
        full = dataclasses.replace(self.history, values=np.full(MAX_VALUES, np.nan))
        error = self.program.refusal(lambda: self.program.fit(full))
        self.assertEqual(error.code(), Code.INVALID_ARGUMENT)  # as large as a history may be, with nothing known in it

    def test_bytes_that_are_no_message_hurt_nobody(self):
        call = self.program.channel.unary_unary("/deepseek.forecaster.v1.Forecaster/Predict")
        self.program.refusal(lambda: call(b"\xff" * 1000, timeout=10))
        self.assert_sound(self.program.predict(self.recent), 15)

    def test_unknown_series(self):
        error = self.program.refusal(lambda: self.program.predict(self.recent, service="nobody"))
        self.assertEqual(error.code(), Code.NOT_FOUND)

    def test_deadlines(self):
        error = self.program.refusal(lambda: self.program.predict(self.recent, timeout=1e-4))
        self.assertEqual(error.code(), Code.DEADLINE_EXCEEDED)
        self.assert_sound(self.program.predict(self.recent), 15)

    def test_more_calls_than_it_takes_are_refused_and_the_others_answered(self):
        request, channels = predict_request(self.recent), [self.program.connect() for _ in range(4)]
        stubs = [services.ForecasterStub(channel) for channel in channels]
        flood = [stub.Predict.future(request, timeout=120) for _ in range(60) for stub in stubs]
        codes = [call.code() for call in flood]
        # UNAVAILABLE is what gRPC says of calls beyond those that a connection may have at once.
        self.assertLessEqual(set(codes), {Code.OK, Code.RESOURCE_EXHAUSTED, Code.UNAVAILABLE},
                             {call.details() for call in flood if call.code() != Code.OK})
        self.assertIn(Code.OK, codes)
        for channel in channels:
            channel.close()
        self.assert_sound(self.program.predict(self.recent), 15)

    def test_health(self):
        for service in ("", "deepseek.forecaster.v1.Forecaster"):
            self.assertEqual(self.program.health(service), health_pb2.HealthCheckResponse.SERVING)

    def test_restart_forgets_and_fit_brings_it_back(self):
        program = self.start()
        self.assertEqual(program.refusal(lambda: program.predict(self.recent)).code(), Code.NOT_FOUND)
        program.learn(self.history)
        self.assert_sound(program.predict(self.recent), 15)
        self.assertEqual(program.terminate(), 0, program.log())
        again = self.start(port=program.port)
        self.assertEqual(again.refusal(lambda: again.predict(self.recent)).code(), Code.NOT_FOUND)
        again.learn(self.history)
        self.assert_sound(again.predict(self.recent), 15)

    def test_killed_while_it_learns(self):
        program = self.start()
        program.fit(self.history)
        error = program.refusal(lambda: program.predict(self.recent))
        self.assertEqual(error.code(), Code.FAILED_PRECONDITION)
        program.kill()
        again = self.start(port=program.port)
        self.assertEqual(again.refusal(lambda: again.predict(self.recent)).code(), Code.NOT_FOUND)
        again.learn(self.history)
        self.assert_sound(again.predict(self.recent), 15)

    def test_asked_again_and_again_it_learns_all_the_same(self):
        program = self.start()

        def learned():
            program.fit(self.history)
            return program.try_predict(self.recent)
        self.assert_sound(eventually(learned, 300, "the series is learned"), 15)
        # While it learns the newest history what it learned before goes on answering.
        program.fit(self.history)
        self.assert_sound(program.predict(self.recent), 15)
        # What was learned of another unit does not.
        program.fit(self.history, unit="requests in flight")
        error = program.refusal(lambda: program.predict(self.recent))
        self.assertEqual(error.code(), Code.FAILED_PRECONDITION)
        self.assertEqual(program.terminate(), 0, program.log())  # in the middle of a Fit

    def test_sigterm_answers_what_was_taken_on(self):
        program = self.start("--log-level", "debug")
        program.learn(self.history)
        taken_before = program.log().count("Predict answered")
        request = predict_request(self.recent)
        calls = [program.stub.Predict.future(request, timeout=60) for _ in range(40)]
        calls[0].result()
        code = program.terminate()
        self.assertEqual(code, 0, program.log())
        codes = [call.code() for call in calls]
        # The others it had not begun with: that is how gRPC's server ends those.
        self.assertLessEqual(set(codes), {Code.OK, Code.UNAVAILABLE, Code.CANCELLED})
        self.assertEqual(codes.count(Code.OK), program.log().count("Predict answered") - taken_before, program.log())
