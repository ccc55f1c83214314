"""PyTorch on a GPU: its step as one writes it, and the same step captured as a CUDA graph."""

import torch
from device_peer import DevicePeer
from pytorch_peer import PyTorch

PROFILED_STEPS = 20


class Eager(DevicePeer, PyTorch):
    def __init__(self, cell, hidden, learning_rate, images, labels, batch, device):
        super().__init__(cell, hidden, learning_rate)
        torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.allow_tf32 = False
        self.modules.to(device)
        self.images = torch.from_numpy(images).to(device)
        self.labels = torch.from_numpy(labels).long().to(device)
        self.batch, self.device, self.position = batch, device, 0
        self.order = self.new_order()

    def new_order(self):
        return torch.randperm(len(self.images), device=self.device)

    def next_indices(self):
        if self.position + self.batch > len(self.images):
            self.order, self.position = self.new_order(), 0
        chosen = self.order[self.position : self.position + self.batch]
        self.position += self.batch
        return chosen

    def step_on(self, indices):
        inputs = self.images.index_select(0, indices).float() / 255
        self.train_on(inputs, self.labels.index_select(0, indices))

    def train(self, steps):
        for _ in range(steps):
            self.step_on(self.next_indices())
        self.finish()

    def finish(self):
        if self.device == "cuda":
            torch.cuda.synchronize()

    def gpu_ms_per_step(self):
        if self.device != "cuda":
            return None
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profile:
            self.train(PROFILED_STEPS)
        busy = sum(event.self_device_time_total for event in profile.key_averages())
        # Without the right to profile, the sum is 0.
        return busy / 1e3 / PROFILED_STEPS or None


class Graphs(Eager):
    """One graph of a whole step, which reads its batch's indices where they always lie."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        if self.device != "cuda":
            raise RuntimeError("CUDA graphs need a GPU")
        self.indices = torch.zeros(self.batch, dtype=torch.long, device=self.device)
        self.graph = None

    def prepare(self):
        # As PyTorch's notes on CUDA graphs say: a few steps beside, then no gradients, then the capture.
        beside = torch.cuda.Stream()
        beside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(beside):
            for _ in range(3):
                super().step_on(self.next_indices())
        torch.cuda.current_stream().wait_stream(beside)
        self.optimizer.zero_grad(set_to_none=True)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            super().step_on(self.indices)
        self.graph = graph
        super().prepare()

    def step_on(self, indices):
        self.indices.copy_(indices)
        self.graph.replay()
