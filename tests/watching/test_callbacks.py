"""Each framework trains a module, and its callback tells the watch."""

import numpy as np
import pytest
import torch
from small import LETTERS
from torch import nn
from torch.utils.data import DataLoader
from watching.trainings import IDS, TEXT

import rnnviz_widget as rv

# Those of the frameworks and of what they call.
pytestmark = pytest.mark.filterwarnings("ignore")

STEPS = 6
BATCHES = DataLoader([(IDS[0, :-1], IDS[0, 1:])] * STEPS, batch_size=1)


def check(watch, module):
    """The last step is shown, with the module's own weights, and there was a loss."""
    assert watch.finish(60)
    assert watch.notes == []
    assert watch.checkpoints[-1].step == watch.steps == STEPS
    true = rv.connectivity(rv.SequenceModel(module, LETTERS), TEXT)
    np.testing.assert_array_equal(watch.explorer.connectivity().scores, true.scores)
    assert watch.checkpoints[-1].loss > 0


def loss_of(module, inputs, targets):
    return nn.functional.cross_entropy(module(inputs)[0].flatten(0, 1), targets.flatten())


def test_lightning(training, tmp_path):
    import pytorch_lightning as lightning

    run = training()
    watch = run.watched()

    class Lit(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.inner = run.module

        def training_step(self, batch, _):
            return loss_of(self.inner, *batch)

        def configure_optimizers(self):
            return run.optimizer

    trainer = lightning.Trainer(
        max_epochs=1,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=tmp_path,
        callbacks=[watch.lightning_callback()],
    )
    trainer.fit(Lit(), BATCHES)
    check(watch, run.module)


def test_transformers(training, tmp_path):
    import transformers

    run = training()
    watch = run.watched()

    class Wrapped(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = run.module

        def forward(self, ids, labels):
            return {"loss": loss_of(self.inner, ids, labels)}

    arguments = transformers.TrainingArguments(
        output_dir=str(tmp_path),
        max_steps=STEPS,
        per_device_train_batch_size=1,
        logging_steps=1,
        report_to=[],
        save_strategy="no",
        use_cpu=True,
        disable_tqdm=True,
        dataloader_pin_memory=False,
    )
    data = [{"ids": inputs, "labels": targets} for inputs, targets in BATCHES.dataset]
    trainer = transformers.Trainer(
        Wrapped(), arguments, train_dataset=data, callbacks=[watch.transformers_callback()]
    )
    trainer.train()
    check(watch, run.module)


def test_ignite(training):
    from ignite.engine import Engine

    run = training()
    watch = run.watched()

    def update(_, batch):
        run.optimizer.zero_grad()
        loss = loss_of(run.module, *batch)
        loss.backward()
        run.optimizer.step()
        return {"loss": loss.item()}

    trainer = Engine(update)
    watch.attach_to_ignite(trainer, lambda output: output["loss"])
    trainer.run(BATCHES, max_epochs=1)
    check(watch, run.module)


def test_ignite_whose_output_is_no_loss(training):
    from ignite.engine import Engine

    run = training()
    watch = run.watched()
    trainer = Engine(lambda *_: "no number")
    watch.attach_to_ignite(trainer)
    trainer.run([0] * STEPS, max_epochs=1)
    assert watch.steps == STEPS
    assert watch.checkpoints[-1].loss is None


def test_skorch(training):
    import skorch

    run = training()
    watch = run.watched()

    class Net(skorch.NeuralNet):
        def get_loss(self, predicted, targets, *_, **__):
            return nn.functional.cross_entropy(predicted[0].flatten(0, 1), targets.flatten())

    net = Net(
        run.module,
        criterion=nn.CrossEntropyLoss,
        max_epochs=1,
        train_split=None,
        batch_size=1,
        verbose=0,
        callbacks=[watch.skorch_callback()],
    )
    inputs = torch.stack([one for one, _ in BATCHES.dataset])
    net.fit(inputs, torch.stack([one for _, one in BATCHES.dataset]))
    assert net.module_ is run.module
    check(watch, run.module)
